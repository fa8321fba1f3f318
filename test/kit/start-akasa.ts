import type { ManualClock } from "../../src/base/mod.ts";
import type { Carrier } from "../../src/cluster/mod.ts";
import { chosenDoor, listenersOf, type TestDoor } from "./test-door.ts";
import type { ConfigSettings } from "../../src/config/mod.ts";
import { dataFolderFor } from "./data-folder.ts";
import { transportUnderTest } from "./transport-under-test.ts";

/** Configuration keys as the YAML file spells them, only those that differ from the defaults. */
export type ConfigOverrides = ConfigSettings;

/** A broker with its door. */
interface Running {
  readonly host: string;
  readonly port: number;
  readonly door: TestDoor;
  stop(): Promise<void>;
}

/**
 * Starts the broker in this process, with `AKASA_TEST_SHARDS=3` as three shards: each has a port of its own, and every
 * look at `port` answers the next one, so that clients which a test opens one after the other are on different shards.
 */
export async function startAkasa(overrides: ConfigOverrides, clock: ManualClock | undefined): Promise<Running> {
  const count = Number(process.env["AKASA_TEST_SHARDS"] ?? 1);
  if (count === 1) return startShard(overrides, clock, undefined);
  const [{ LoopbackNetwork }, { unpredictableRandom }] = await Promise.all([
    import("../../src/cluster/mod.ts"),
    import("../../src/base/mod.ts"),
  ]);
  const network = new LoopbackNetwork(count, unpredictableRandom());
  network.onSent = () => void setImmediate(() => network.step());
  const shards = await Promise.all(
    Array.from({ length: count }, (_, number) => startShard(overrides, clock, network.carrier(number))),
  );
  let next = 0;
  return {
    host: "127.0.0.1",
    get port() {
      return (shards[next++ % count] as Running).port;
    },
    door: (shards[0] as Running).door,
    stop: async () => {
      await Promise.all(shards.map((shard) => shard.stop()));
    },
  };
}

/**
 * Starts the broker in this process. Its modules are loaded only here: against another broker the kit runs without
 * them.
 */
async function startShard(
  overrides: ConfigOverrides,
  clock: ManualClock | undefined,
  carrier: Carrier | undefined,
): Promise<Running> {
  const [{ startBroker }, { createConfig }] = await Promise.all([
    import("../../src/broker/mod.ts"),
    import("../../src/config/mod.ts"),
  ]);
  const door = overrides.listeners === undefined ? chosenDoor() : "tcp";
  const folder = dataFolderFor(overrides);
  // Tests count what clients publish, not what the broker tells of itself.
  const settings = { sys_interval_seconds: 0, ...transportUnderTest(), ...folder.settings, ...overrides };
  const config = createConfig({ listeners: listenersOf(door), ...settings });
  const broker = await startBroker(config, {
    ...(clock === undefined ? {} : { clock }),
    ...(carrier === undefined ? {} : { carrier }),
  });
  const { transport } = transportUnderTest();
  if (transport !== undefined && overrides.transport === undefined && broker.transport.name !== transport) {
    throw new Error(`asked for ${transport}, but: ${broker.transport.reason}`);
  }
  const [listener] = broker.listeners;
  if (listener === undefined) throw new Error("the broker under test has no listener");
  return { host: "127.0.0.1", port: listener.port, door, stop: () => stop(broker, clock).finally(folder.remove) };
}

/** Stops the broker; where its clock stands still, the time it gives clients that do not read is over at once. */
async function stop(broker: { stop(): Promise<void> }, clock: ManualClock | undefined): Promise<void> {
  if (clock === undefined) return broker.stop();
  const progress = { stopped: false };
  const done = broker.stop().then(() => {
    progress.stopped = true;
  });
  while (!progress.stopped) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
  }
  return done;
}
