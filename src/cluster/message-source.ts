/** Where the message comes from that is being delivered now. */
export class MessageSource {
  /** The shard that it was published on. */
  shard: number;

  constructor(shard: number) {
    this.shard = shard;
  }
}
