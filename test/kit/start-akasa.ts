import { ManualClock } from "../../src/base/mod.ts";
import type { Config, ConfigSettings } from "../../src/config/mod.ts";
import { type DataFolder, dataFolderFor } from "./data-folder.ts";
import { shardsUnderTest } from "./shards-under-test.ts";
import { chosenDoor, listenersOf, type TestDoor } from "./test-door.ts";
import { transportUnderTest } from "./transport-under-test.ts";

/** Configuration keys as the YAML file spells them, only those that differ from the defaults. */
export type ConfigOverrides = ConfigSettings;

/** A broker with its door. */
interface Running {
  readonly host: string;
  readonly port: number;
  readonly door: TestDoor;
  /** Moves its stopped clock on, and resolves when what became due is on its way. */
  advance(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

interface Plan {
  readonly config: Config;
  readonly door: TestDoor;
  readonly folder: DataFolder;
  readonly manualClock: boolean;
}

/**
 * Starts the broker in this process. With `TEST_SHARDS=2` it has two shards, each in a thread and with a port of its
 * own, and every look at `port` answers the next one, so that clients which a test opens one after the other are on
 * different shards.
 */
export async function startAkasa(overrides: ConfigOverrides, manualClock: boolean): Promise<Running> {
  // Its modules are loaded only here: against another broker the kit runs without them.
  const { createConfig } = await import("../../src/config/mod.ts");
  const door = overrides.listeners === undefined ? chosenDoor() : "tcp";
  const folder = dataFolderFor(overrides);
  // Tests count what clients publish, not what the broker tells of itself.
  const settings = { sys_interval_seconds: 0, ...transportUnderTest(), ...folder.settings, ...overrides };
  const config = createConfig({ listeners: listenersOf(door), ...settings });
  const count = shardsUnderTest();
  const plan = { config, door, folder, manualClock };
  return count === 1 ? startOne(plan) : startThreads(plan, count);
}

async function startThreads({ config, door, folder, manualClock }: Plan, count: number): Promise<Running> {
  const { startThreadsOnOwnPorts } = await import("../../src/broker/fuzz/threads-on-own-ports.ts");
  const threads = await startThreadsOnOwnPorts(config, { count, manualClock });
  checkTransport(config, threads.transport);
  let next = 0;
  return {
    host: "127.0.0.1",
    get port() {
      return threads.ports[next++ % count] as number;
    },
    door,
    advance: (milliseconds) => threads.advance(milliseconds),
    stop: () => threads.stop().finally(folder.remove),
  };
}

async function startOne({ config, door, folder, manualClock }: Plan): Promise<Running> {
  const { startBroker } = await import("../../src/broker/mod.ts");
  const clock = manualClock ? new ManualClock() : null;
  const broker = await startBroker(config, clock === null ? {} : { clock });
  checkTransport(config, broker.transport);
  const [listener] = broker.listeners;
  if (listener === undefined) throw new Error("the broker under test has no listener");
  return {
    host: "127.0.0.1",
    port: listener.port,
    door,
    async advance(milliseconds) {
      clock?.advance(milliseconds);
      for (let turns = 0; turns < turnsToSettle; turns++) await turn();
    },
    stop: () => stop(broker, clock).finally(folder.remove),
  };
}

/** Turns of the loop in which what became due is on its way. */
const turnsToSettle = 2;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function checkTransport(config: Config, running: { readonly name: string; readonly reason: string }): void {
  const { transport } = transportUnderTest();
  if (transport !== undefined && config.transport === transport && running.name !== transport) {
    throw new Error(`asked for ${transport}, but: ${running.reason}`);
  }
}

/** Stops the broker; where its clock stands still, the time it gives clients that do not read is over at once. */
async function stop(broker: { stop(): Promise<void> }, clock: ManualClock | null): Promise<void> {
  if (clock === null) return broker.stop();
  const progress = { stopped: false };
  const done = broker.stop().then(() => {
    progress.stopped = true;
  });
  while (!progress.stopped) {
    await turn();
    clock.advance(1000);
  }
  return done;
}
