/** A client whose CONNECT waits for its session. */
export interface ClaimingClient {
  readonly clientId: string;
  /** Its old session, wherever it is, ends. */
  readonly cleanStart: boolean;
}

/** What comes of a claim. */
export const ClaimOutcome = {
  /** The session is here, or nowhere. */
  granted: 0,
  /** The client has connected to another shard since, and that one has the session now. */
  superseded: 1,
  /** It cannot be said in time where the session is, and it must not be lost. */
  unavailable: 2,
} as const;

/** One of {@link ClaimOutcome}'s values. */
export type ClaimOutcome = (typeof ClaimOutcome)[keyof typeof ClaimOutcome];

/** How a shard makes sure that a client's session is nowhere else. With one shard there is no such thing. */
export interface SessionClaims {
  /**
   * Brings the client's session to this shard, wherever it is, before the client's CONNECT is accepted.
   * @param done called once. It opens the session before it returns.
   */
  claim(client: ClaimingClient, done: (outcome: ClaimOutcome) => void): void;
  /**
   * Fulfilled when all other shards know what this one's clients subscribe to, or have not said so for a second; null:
   * they know. A SUBACK waits for it: what is published behind it, wherever that is, reaches the subscriber.
   */
  told(): Promise<void> | null;
  /**
   * Fulfilled when no other shard has more to take than it may, or has not taken any of it for a second; null: none
   * has. Who publishes waits for it.
   */
  room(): Promise<void> | null;
}
