import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessagePort } from "node:worker_threads";
import { newWay, PortCarrier } from "./port-carrier.ts";

function pair(): { left: PortCarrier; right: PortCarrier } {
  const [one, two] = newWay();
  const [left, right] = [new PortCarrier(1), new PortCarrier(2)];
  left.join(2, one);
  right.join(1, two);
  return { left, right };
}

test("batches arrive in their order, and their memory is given away", async () => {
  const { left, right } = pair();
  const got: string[] = [];
  const all = new Promise<void>((resolve) => {
    right.onBatch = (from, batch) => {
      got.push(`${from}: ${Buffer.from(batch).toString()}`);
      if (got.length === 3) resolve();
    };
  });
  for (const text of ["a", "b", "c"]) {
    const batch = Buffer.allocUnsafeSlow(1);
    batch.write(text);
    left.send(2, batch);
    assert.equal(batch.length, 0);
  }
  assert.equal(left.waiting(2), 3);
  await all;
  assert.deepEqual(got, ["1: a", "1: b", "1: c"]);
  assert.deepEqual([left.waiting(2), right.waiting(1)], [0, 0]);
  left.close();
  right.close();
});

test("a shard that is told of a new one may send to it at once, and not after it has left", async () => {
  const left = new PortCarrier(1);
  const told: string[] = [];
  left.onJoined = (shard) => {
    told.push(`joined ${shard}`);
    left.send(shard, new Uint8Array([7]));
  };
  left.onGone = (shard) => void told.push(`gone ${shard}`);
  const [one, { port }] = newWay();
  left.join(2, one);
  const [batch] = (await once(port, "message")) as [Uint8Array];
  assert.deepEqual([...batch], [7]);
  assert.deepEqual(left.others, [2]);
  left.leave(2);
  left.leave(2);
  left.send(2, new Uint8Array([8]));
  assert.deepEqual(told, ["joined 2", "gone 2"]);
  assert.deepEqual(left.others, []);
  assert.ok(port instanceof MessagePort);
});
