/** Packet identifiers of QoS 2 messages from one client that wait for their PUBREL [MQTT-4.3.3-10]. */
export class ReceivedIds {
  /** Received on this connection. */
  #current = new Set<number>();
  /** Received on earlier connections: they do not count against the client's quota (section 4.9). */
  readonly #before: Set<number>;

  /** @param before those of earlier connections */
  constructor(before: Iterable<number> = []) {
    this.#before = new Set(before);
  }

  /** How many came on this connection. */
  get current(): number {
    return this.#current.size;
  }

  has(packetId: number): boolean {
    return this.#current.has(packetId) || this.#before.has(packetId);
  }

  add(packetId: number): void {
    this.#current.add(packetId);
  }

  /** Came before the process started. */
  addBefore(packetId: number): void {
    this.#before.add(packetId);
  }

  /** False if it was unknown. */
  delete(packetId: number): boolean {
    return this.#current.delete(packetId) || this.#before.delete(packetId);
  }

  /** The connection is over. */
  rewind(): void {
    for (const packetId of this.#current) this.#before.add(packetId);
    this.#current = new Set();
  }

  /** All of them. */
  list(): number[] {
    return [...this.#current, ...this.#before];
  }
}
