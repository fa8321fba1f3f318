/** What the authenticators of a broker count. Numbers that only grow, but for the gauge. */
export class AuthenticationCounters {
  /** Gauge: clients whose password, token or answer of a call-out is being waited for. */
  waiting = 0;
  /** Clients told that the server is busy, because too many waited. */
  busy = 0;
  /** Answers that a call-out took from its cache. */
  callOutCached = 0;
  /** Calls that brought no answer that could be used. */
  callOutFailures = 0;
}
