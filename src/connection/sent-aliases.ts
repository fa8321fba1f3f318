/** The topic aliases that we have given a client (MQTT 5.0 section 3.3.2.3.4). They end with the connection. */
export class SentAliases {
  readonly #numbers = new Map<string, number>();
  readonly #maximum: number;
  #last = 0;
  #isNew = false;

  /** @param maximum the client's Topic Alias Maximum, or ours where that is less [MQTT-3.1.2-26] */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The topic's alias; 0 where all are in use by other topics. */
  aliasOf(topic: string): number {
    const known = this.#numbers.get(topic);
    if (known !== undefined) {
      this.#isNew = false;
      return known;
    }
    if (this.#last === this.#maximum) return 0;
    this.#last++;
    this.#isNew = true;
    this.#numbers.set(topic, this.#last);
    return this.#last;
  }

  /** Whether the last answer was a new alias, so that the topic has to go with it. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** The packet that was to tell the client of the last new alias was not sent. */
  takeBack(topic: string): void {
    this.#numbers.delete(topic);
    this.#last--;
  }
}
