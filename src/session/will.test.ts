import assert from "node:assert/strict";
import { test } from "node:test";
import { TestBroker } from "./fuzz/test-broker.ts";

// MQTT 5.0 sections 3.1.2.5 and 3.1.3.2.2: a will is published when the connection ends without a DISCONNECT that
// removes
// it: at once, or after its delay, or when the session ends, whichever is first; not at all if the client is back
// before.

type Ending =
  | "cut"
  | "disconnect"
  | "disconnect with will"
  | "disconnect with expiry 0"
  | "take-over"
  | "clean take-over";

const endings: readonly Ending[] = [
  "cut",
  "disconnect",
  "disconnect with will",
  "disconnect with expiry 0",
  "take-over",
  "clean take-over",
];
const delays = [0, 20];
const expiries = [0, 10, 1000];

type Return = "never" | "in time" | "in time, clean" | "late";
const returns: readonly Return[] = ["never", "in time", "in time, clean", "late"];

interface Case {
  readonly ending: Ending;
  readonly delay: number;
  readonly expiry: number;
  readonly back: Return;
}

/** Seconds from the end of the connection to the will, or null where it is not published: the standard's wording. */
function expected({ ending, delay, expiry, back }: Case): number | null {
  if (ending === "disconnect") return null;
  const lasts = ending === "disconnect with expiry 0" ? 0 : expiry;
  const due = Math.min(delay, lasts);
  // The session ends: nothing is left to wait for.
  if (ending === "clean take-over") return 0;
  // The client is back at once: before any delay, and before the end of its session unless that has ended already.
  if (ending === "take-over") return due === 0 ? 0 : null;
  if (due === 0) return 0;
  if (back === "in time") return null;
  if (back === "in time, clean") return 5;
  return due;
}

function actual({ ending, delay, expiry, back }: Case): number | null {
  const broker = new TestBroker();
  const watcher = broker.open("watcher");
  broker.subscribe(watcher.session, "will");
  const { session } = broker.open("c", { expirySeconds: expiry, will: { topic: "will", delaySeconds: delay } });
  const ended = broker.clock.now();
  if (ending === "take-over") broker.open("c", { cleanStart: false, expirySeconds: 1000 });
  else if (ending === "clean take-over") broker.open("c", { cleanStart: true, expirySeconds: 1000 });
  else {
    // What the connection does with a DISCONNECT.
    if (ending === "disconnect") session.will = null;
    if (ending === "disconnect with expiry 0") session.expirySeconds = 0;
    broker.registry.leave(session);
  }
  let published: number | null = null;
  for (let tenths = 0; tenths < 500; tenths++) {
    if (tenths === 50 && back.startsWith("in time")) {
      broker.open("c", { cleanStart: back === "in time, clean", expirySeconds: 1000 });
    }
    if (tenths === 400 && back === "late") broker.open("c", { cleanStart: false, expirySeconds: 1000 });
    const wills = watcher.outlet.take().length;
    assert.ok(wills === 0 || (wills === 1 && published === null), "a will is published once");
    if (wills === 1) published = (broker.clock.now() - ended) / 1000;
    broker.advance(0.1);
  }
  return published;
}

for (const ending of endings) {
  for (const delay of delays) {
    for (const expiry of expiries) {
      const taken = ending.endsWith("take-over");
      for (const back of taken ? (["never"] as const) : returns) {
        const each = { ending, delay, expiry, back };
        test(`will: ${ending}, delay ${delay} s, session expiry ${expiry} s${taken ? "" : `, back ${back}`}`, () => {
          assert.equal(actual(each), expected(each));
        });
      }
    }
  }
}

test("a will that waits is replaced by the one that the client brings when it comes back", () => {
  const broker = new TestBroker();
  const watcher = broker.open("watcher");
  broker.subscribe(watcher.session, "#");
  const { session } = broker.open("c", { expirySeconds: 1000, will: { topic: "old", delaySeconds: 10 } });
  broker.registry.leave(session);
  broker.advance(5);
  broker.open("c", { cleanStart: false, expirySeconds: 1000, will: { topic: "new", delaySeconds: 10, qos: 0 } });
  broker.registry.leave(session);
  broker.advance(9);
  assert.deepEqual(watcher.outlet.take(), []);
  broker.advance(2);
  assert.deepEqual(watcher.outlet.take(), ["will qos0"]);
  assert.equal(broker.statistics.willsPublished, 1);
});

test("a will's own expiry counts from its publication", () => {
  const broker = new TestBroker();
  const away = broker.open("away", { expirySeconds: 1000 });
  broker.subscribe(away.session, "will");
  broker.registry.leave(away.session);
  const { session } = broker.open("c", { expirySeconds: 1000, will: { topic: "will", delaySeconds: 50 } });
  assert.ok(session.will !== null);
  session.will.publication.messageExpiryInterval = 20;
  broker.advance(100);
  broker.registry.leave(session);
  broker.advance(60);
  const back = broker.open("away", { cleanStart: false, expirySeconds: 1000 });
  assert.deepEqual(back.outlet.take(), ["will qos1 #1"]);
});
