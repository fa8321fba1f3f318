import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RawClient, SkipTest, temporaryFolder } from "../kit/mod.ts";
import { startAkasaProcess } from "./akasa-process.ts";
import { lasting } from "./lasting.ts";
import { scenario } from "./scenario.ts";

/** Counts what a process asks the disk to keep; needs strace and the right to use it. */
function flushCounter(): { readonly wrapper: readonly string[]; count(): number } & Disposable {
  const folder = temporaryFolder("strace");
  const file = join(folder, "calls");
  const words = ["-D", "-f", "-o", file, "-e", "trace=fsync,fdatasync"];
  if (spawnSync("strace", [...words, "true"]).status !== 0) {
    rmSync(folder, { recursive: true });
    throw new SkipTest("strace is not there, or may not be used");
  }
  return {
    // The runner of the tests asks for brokers that keep everything in memory.
    wrapper: ["env", "AKASA_DURABILITY=local", "strace", ...words],
    // A call that another thread interrupts has two lines.
    count: () =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => /\b(?:fsync|fdatasync)\(/.test(line)).length,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

scenario("every acknowledgement of one publisher is behind a flush of its own; those of many share them", async () => {
  using flushes = flushCounter();
  await using akasa = await startAkasaProcess("", flushes.wrapper);
  const clients = new Set<RawClient>();
  const target = { ...akasa, adopt: (client: RawClient): void => void clients.add(client) };
  const away = await RawClient.connected(target, 5, lasting(5, "away"));
  await away.subscribe("d", { qos: 1 });
  await away.disconnect();

  const alone = await RawClient.connected(target, 5);
  const before = flushes.count();
  for (let index = 0; index < 50; index++) await alone.publishAcked("d", `m${index}`, { qos: 1 });
  assert.ok(flushes.count() - before >= 50, `${flushes.count() - before} flushes for 50 messages`);

  const many = await Promise.all(Array.from({ length: 40 }, () => RawClient.connected(target, 5)));
  const shared = flushes.count();
  await Promise.all(
    many.map(async (client) => {
      for (let index = 0; index < 20; index++) await client.publishAcked("d", `m${index}`, { qos: 1 });
    }),
  );
  const used = flushes.count() - shared;
  assert.ok(used >= 20 && used < 400, `${used} flushes for 800 messages`);
  for (const client of clients) client.close();
});
