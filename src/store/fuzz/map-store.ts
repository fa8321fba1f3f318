import { BodyCounts } from "../events/body-counts.ts";
import { type EventTarget, applyEvents } from "../events/apply-events.ts";

/** What an engine keeps, in a Map: keys and values as hexadecimal text. */
export class MapStore implements EventTarget {
  readonly entries: Map<string, Buffer> = new Map();
  readonly ended: number[] = [];
  readonly #counts = new BodyCounts();
  #lastTransit = 0;

  put(key: Buffer, value: Buffer): void {
    this.entries.set(key.toString("hex"), Buffer.from(value));
  }

  delete(key: Buffer): void {
    this.entries.delete(key.toString("hex"));
  }

  sessionEnded(session: number): void {
    this.ended.push(session);
  }

  bodyHeld(body: number, references: number): void {
    this.#counts.add(body, references);
  }

  bodyReleased(body: number): boolean {
    return this.#counts.release(body);
  }

  transitNumber(): number {
    return ++this.#lastTransit;
  }

  apply(bytes: Buffer): void {
    applyEvents(bytes, this);
  }

  /** Keys of one space. */
  keys(space: number): string[] {
    const prefix = Buffer.of(space).toString("hex");
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix));
  }
}
