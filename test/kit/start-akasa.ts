import type { ManualClock } from "../../src/base/mod.ts";
import { chosenDoor, listenersOf, type TestDoor } from "./test-door.ts";
import type { ConfigSettings } from "../../src/config/mod.ts";
import { transportUnderTest } from "./transport-under-test.ts";

/** Configuration keys as the YAML file spells them, only those that differ from the defaults. */
export type ConfigOverrides = ConfigSettings;

/**
 * Starts the broker in this process. Its modules are loaded only here: against another broker the kit runs without
 * them.
 */
export async function startAkasa(
  overrides: ConfigOverrides,
  clock: ManualClock | undefined,
): Promise<{ host: string; port: number; door: TestDoor; stop(): Promise<void> }> {
  const [{ startBroker }, { createConfig }] = await Promise.all([
    import("../../src/broker/mod.ts"),
    import("../../src/config/mod.ts"),
  ]);
  const door = overrides.listeners === undefined ? chosenDoor() : "tcp";
  const config = createConfig({ listeners: listenersOf(door), ...transportUnderTest(), ...overrides });
  const broker = await startBroker(config, clock === undefined ? {} : { clock });
  const { transport } = transportUnderTest();
  if (transport !== undefined && overrides.transport === undefined && broker.transport.name !== transport) {
    throw new Error(`asked for ${transport}, but: ${broker.transport.reason}`);
  }
  const [listener] = broker.listeners;
  if (listener === undefined) throw new Error("the broker under test has no listener");
  return { host: "127.0.0.1", port: listener.port, door, stop: () => stop(broker, clock) };
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
