import assert from "node:assert/strict";
import { test } from "node:test";
import { Bans } from "./bans.ts";
import { networkOf } from "./network-of.ts";
import { TokenBucket } from "./token-bucket.ts";

test("a bucket lets through as much as it holds at once, then as much as comes in", () => {
  const bucket = new TokenBucket(10, 0);
  for (let index = 0; index < 10; index++) assert.equal(bucket.take(1, 0), 0);
  assert.equal(bucket.take(1, 0), 100);
  assert.equal(bucket.take(1, 100), 100);
  assert.equal(bucket.take(0, 200), 0);
  assert.equal(bucket.tryTake(1, 200), false);
  assert.equal(bucket.tryTake(1, 300), true);
});

test("a bucket lets through what is larger than itself, and has it waited for", () => {
  const bucket = new TokenBucket(10, 0);
  assert.equal(bucket.take(110, 0), 10_000);
  assert.equal(bucket.take(0, 10_000), 0);
});

test("a bucket holds no more than one second's worth, however long nothing came", () => {
  const bucket = new TokenBucket(10, 0);
  assert.equal(bucket.take(10, 1_000_000), 0);
  assert.equal(bucket.take(1, 1_000_000), 100);
});

const terms = { offencesMax: 2, windowMilliseconds: 1000, banMilliseconds: 100, banMillisecondsMax: 350 };

test("offences that are far apart ban nobody", () => {
  const bans = new Bans(terms);
  assert.deepEqual([bans.offend("a", 0), bans.offend("a", 1000), bans.offend("a", 2000)], [false, false, false]);
});

test("each ban lasts twice as long as the one before, up to the longest; a quiet time forgets them", () => {
  const bans = new Bans(terms);
  let now = 0;
  const lasts: number[] = [];
  for (let round = 0; round < 4; round++) {
    bans.offend("a", now);
    assert.ok(bans.offend("a", now));
    let length = 0;
    while (bans.isBanned("a", now + length)) length += 50;
    lasts.push(length);
    now += length;
  }
  assert.deepEqual(lasts, [100, 200, 350, 350]);
  now += 351;
  bans.offend("a", now);
  bans.offend("a", now);
  assert.deepEqual([bans.isBanned("a", now + 99), bans.isBanned("a", now + 100)], [true, false]);
});

test("a ban that is taken over lasts as long as it does where it was made, and the next one is longer", () => {
  const [first, second] = [new Bans(terms), new Bans(terms)];
  first.offend("a", 0);
  first.offend("a", 0);
  first.offend("quiet", 0);
  for (const ban of first.banned(40)) second.adopt(ban, 1040);
  assert.deepEqual([second.size, second.isBanned("a", 1099), second.isBanned("a", 1100)], [1, true, false]);
  second.offend("a", 1100);
  second.offend("a", 1100);
  assert.deepEqual([second.isBanned("a", 1299), second.isBanned("a", 1300)], [true, false]);
});

test("offenders are forgotten: by a sweep when they are quiet, and the oldest when there are too many", () => {
  const bans = new Bans(terms);
  bans.offend("old", 0);
  bans.offend("new", 1500);
  bans.sweep(1600);
  assert.equal(bans.size, 1);
  for (let index = 0; index < 70_000; index++) bans.offend(`a${index}`, 2000);
  assert.ok(bans.size <= 65_536);
});

for (const [address, network] of [
  ["192.0.2.7", "192.0.2.7"],
  ["unix", "unix"],
  ["2001:db8::5", "2001:db8:0:0::/64"],
  ["2001:db8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
  ["2001:0DB8:0:1::", "2001:db8:0:1::/64"],
  ["::1", "0:0:0:0::/64"],
] as const) {
  test(`${address} counts as ${network}`, () => assert.equal(networkOf(address), network));
}
