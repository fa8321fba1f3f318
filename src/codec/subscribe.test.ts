import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSubscribe } from "./subscribe.ts";

test("every options byte of 5.0 is taken or refused as section 3.8.3.1 says", () => {
  for (let options = 0; options <= 0xff; options++) {
    const bytes = Buffer.from([0, 1, 0, 0, 1, 0x61, options]);
    const qos = options & 3;
    const retainHandling = (options >> 4) & 3;
    const expected = options >= 0x40 || qos === 3 ? 0x81 : retainHandling === 3 ? 0x82 : 0;
    if (expected !== 0) {
      assert.throws(() => decodeSubscribe(bytes, 0, bytes.length, 5), { reasonCode: expected });
      continue;
    }
    const [entry] = decodeSubscribe(bytes, 0, bytes.length, 5).entries;
    const noLocal = (options & 4) !== 0;
    const retainAsPublished = (options & 8) !== 0;
    assert.deepEqual(entry, { filter: "a", qos, noLocal, retainAsPublished, retainHandling });
  }
});

test("No Local is allowed on a filter that only looks like a shared one", () => {
  const filter = Buffer.from("$sharex/g/a");
  const bytes = Buffer.from([0, 1, 0, 0, filter.length, ...filter, 4]);
  assert.equal(decodeSubscribe(bytes, 0, bytes.length, 5).entries[0]?.noLocal, true);
});
