import { type Peer, peerText } from "../base/mod.ts";

/**
 * One byte stream to one peer, whatever carries it (TCP, Unix socket, memory; later TLS, WebSocket, io_uring). Output
 * does not go through the channel: it is appended to the {@link Turn}, which writes once per channel and turn.
 */
export abstract class Channel {
  /** Who gets the bytes; set by the listener's `accept` before anything is delivered. */
  owner: ChannelOwner = nobody;
  /** First and last record of this turn's output in the turn's table, -1: none. Belong to the {@link Turn}. */
  outFirst = -1;
  outLast = -1;
  /** Bytes of this turn's output. Belongs to the {@link Turn}. */
  outBytes = 0;
  /** True once {@link end} was called: what is appended later is dropped. */
  ending = false;
  /** Its number where the turn's {@link TurnSink} sends for it; -1: the turn calls {@link write}. */
  slot = -1;

  #peer: Peer | null = null;

  /** Who is at the other end. Made when it is first asked for: idle connections do not hold it. */
  get peer(): Peer {
    return (this.#peer ??= this.describePeer());
  }

  /** The peer's address in text form: `127.0.0.1:50123`, `[::1]:50123`, `unix`, `memory:1`. */
  get remoteAddress(): string {
    return peerText(this.peer);
  }

  /** For a door that learns more about the peer than its socket knows, before the owner is told of the channel. */
  tellPeer(peer: Peer): void {
    this.#peer = peer;
  }

  /** What the stream itself tells about the peer; called at most once, maybe after the stream is over. */
  protected abstract describePeer(): Peer;

  /** Bytes taken over from earlier turns that the peer's side has not accepted yet. */
  abstract readonly waitingBytes: number;

  /** Stops delivering received bytes until {@link resume}; bytes on their way may still arrive once. */
  abstract pause(): void;

  /** Goes on delivering received bytes. */
  abstract resume(): void;

  /**
   * Sends what this turn has for the peer, then closes our direction. Received bytes are thrown away from now on: a
   * stream closed over unread bytes is reset, and the peer may lose what we said last. The owner sets a deadline and
   * calls {@link destroy} where the peer does not close its side.
   */
  abstract end(): void;

  /** Closes at once; what has not been sent is lost. The owner's `onClosed` follows in a later turn. */
  abstract destroy(): void;

  /**
   * Takes one buffer to send, in order. Only the {@link Turn} calls this.
   * @returns true if the bytes were copied or sent: the buffer may be used again
   */
  abstract write(bytes: Buffer): boolean;

  /** After the turn has written everything for this channel: closes it if {@link end} was called. Only for the turn. */
  abstract afterTurn(): void;
}

/** What a {@link Channel} calls: the connection that lives on it. Nothing is called after `onClosed`. */
export interface ChannelOwner {
  /** Received bytes `bytes[start..end)`, valid until this returns. */
  onBytes(bytes: Buffer, start: number, end: number): void;
  /** Everything that waited has gone out. Called only after `waitingBytes` exceeded {@link drainReportedAbove}. */
  onDrained(): void;
  /**
   * The peer sends no more (FIN); not said while input is paused. What the turn has for it can still be sent; `end` or
   * `destroy` is the answer.
   */
  onEnded(): void;
  /** The stream is over; `cause` is a short text where an error ended it. */
  onClosed(cause: string | null): void;
}

/** A channel reports being drained only if more than this many bytes waited. */
export const drainReportedAbove: number = 64 * 1024;

const nobody: ChannelOwner = { onBytes() {}, onDrained() {}, onEnded() {}, onClosed() {} };
