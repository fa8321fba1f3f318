import { ManualClock, silentLogger, systemClock } from "../../base/mod.ts";
import type { ConfigSettings } from "../../config/mod.ts";
import { LevelStore, LocalJournal } from "../../store/mod.ts";
import { restoreShard } from "../restore-shard.ts";
import { MemoryBroker, type MemoryBrokerServices } from "./memory-broker.ts";
import type { MemoryClient } from "./memory-client.ts";

/** A shard without sockets on a data folder: it can be stopped, and started again at a later time. */
export class DurableBroker extends MemoryBroker {
  readonly journal: LocalJournal;

  private constructor(settings: ConfigSettings, journal: LocalJournal, services: MemoryBrokerServices) {
    super(settings, { ...services, journal });
    this.journal = journal;
  }

  /** @param secondsLater since the first one on the folder */
  static async start(
    folder: string,
    secondsLater = 0,
    settings: ConfigSettings = {},
    replaced: MemoryBrokerServices = {},
  ): Promise<DurableBroker> {
    const clock = new ManualClock(1_700_000_000_000 + secondsLater * 1000);
    const services = { clock, pace: systemClock, logger: silentLogger };
    const journal = new LocalJournal(await LevelStore.open(folder), { storeBytesMax: 1e12 }, services);
    const broker = new DurableBroker(settings, journal, { ...replaced, clock });
    await restoreShard(broker.shard, journal, silentLogger);
    return broker;
  }

  /** Stops in order; unlike with the others hardly any time passes, in which sessions could end. */
  override async [Symbol.asyncDispose](): Promise<void> {
    const progress = { stopped: false };
    const stopping = this.shard.stop(0).then(() => {
      progress.stopped = true;
    });
    while (!progress.stopped) {
      await this.settled();
      this.clock.advance(1);
    }
    await stopping;
  }

  /** Resolves when the client has got so many packets, in words. */
  async words(client: MemoryClient, count: number): Promise<string[]> {
    while (client.inbox.length < count) await this.settled();
    return client.words();
  }

  /** Resolves when everything recorded is on the disk, and answered. */
  async stored(): Promise<void> {
    await this.settled();
    await this.journal.settled();
    await this.settled();
  }

  /** A client whose session lasts `seconds`. */
  async lasting(
    clientId: string,
    seconds = 1000,
    change: Parameters<MemoryClient["connect"]>[1] = {},
  ): Promise<MemoryClient> {
    const client = this.stream();
    client.connect(clientId, { cleanStart: false, properties: { sessionExpiryInterval: seconds }, ...change });
    while (client.inbox.length === 0) await this.settled();
    return client;
  }
}
