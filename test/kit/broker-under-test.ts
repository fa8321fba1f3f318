import { startMosquitto } from "./mosquitto.ts";
import type { RawClient, Target } from "./raw-client.ts";
import { SkipTest } from "./skip-test.ts";
import { type ConfigOverrides, startAkasa } from "./start-akasa.ts";
import type { Destination } from "./test-door.ts";

/** How a test broker is started. */
export interface TestBrokerOptions {
  /** Time stands still until {@link TestBroker.advance}. */
  readonly manualClock?: boolean;
}

/** A running broker and the clients that a test opened to it. */
export interface TestBroker extends Target {
  /**
   * Moves the broker's time on and lets the loop turn over, so that what became due has been written to the sockets.
   */
  advance(milliseconds: number): Promise<void>;
  /** Closes the test's clients, then the broker. Throws the first breach of the standard that no test line met. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Running extends Destination {
  advance?(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the broker a test talks to, on a free loopback port. Without environment this is Akasa in this process, new
 * for each test. `TEST_TARGET=mosquitto` starts Debian's mosquitto instead, `TEST_TARGET=host:port` uses a
 * running broker; tests that need `overrides` or a stopped clock are then skipped: this is how the suite itself is
 * checked.
 */
export async function startTestBroker(
  overrides: ConfigOverrides = {},
  { manualClock = false }: TestBrokerOptions = {},
): Promise<TestBroker> {
  const target = process.env["TEST_TARGET"];
  if (target !== undefined) {
    if (manualClock) throw new SkipTest(`needs a stopped clock, which ${target} does not have`);
    if (Object.keys(overrides).length > 0)
      throw new SkipTest(`needs its own configuration, which ${target} does not take`);
    return brokerUnderTest(target === "mosquitto" ? await startMosquitto() : externalBroker(target), false);
  }
  return brokerUnderTest(await startAkasa(overrides, manualClock), manualClock);
}

/**
 * Skips the test against another broker than Akasa: it is about a choice of ours, or the other breaks the rule; say
 * which.
 */
export function onlyAkasa(reason: string): void {
  const target = process.env["TEST_TARGET"];
  if (target !== undefined) throw new SkipTest(`not against ${target}: ${reason}`);
}

function externalBroker(target: string): Running {
  const colon = target.lastIndexOf(":");
  const port = Number(target.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) throw new Error(`TEST_TARGET is "mosquitto" or host:port, not ${target}`);
  return { host: target.slice(0, colon), port, stop: async () => {} };
}

function brokerUnderTest(running: Running, manualClock: boolean): TestBroker {
  const clients = new Set<RawClient>();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const breaches: unknown[] = [];
    for (const client of clients) {
      try {
        client.close();
      } catch (error) {
        breaches.push(error);
      }
    }
    await running.stop();
    if (breaches.length > 0) throw breaches[0];
  };
  const stopOnce = (): Promise<void> => (stopping ??= stop());
  return {
    host: running.host,
    get port() {
      return running.port;
    },
    ...(running.door === undefined ? {} : { door: running.door }),
    adopt: (client) => void clients.add(client),
    async advance(milliseconds) {
      if (!manualClock) throw new Error("start the test broker with { manualClock: true } to move its time");
      await running.advance?.(milliseconds);
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}
