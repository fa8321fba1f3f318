import { counter, gauge, type ReadMetric } from "./metric.ts";

/** What the authenticators tell. */
export const authenticationMetrics: readonly ReadMetric[] = [
  gauge(
    "akasa_authentications_waiting",
    "clients",
    "Clients whose password, token or answer of a call-out is waited for (max_waiting_authentications limits them).",
    (r) => r.authentication.waiting,
  ),
  counter(
    "akasa_authentications_busy_total",
    "clients",
    "Clients refused as server busy because too many waited for their authentication.",
    (r) => r.authentication.busy,
  ),
  counter(
    "akasa_authentication_call_outs_cached_total",
    "clients",
    "Clients judged by an answer of an HTTP call-out that was remembered.",
    (r) => r.authentication.callOutCached,
  ),
  counter(
    "akasa_authentication_call_out_failures_total",
    "calls",
    "HTTP call-outs of authentication that brought no answer that could be used.",
    (r) => r.authentication.callOutFailures,
  ),
];
