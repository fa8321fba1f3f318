import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { silentLogger } from "../src/base/mod.ts";
import { chooseTransport, type TransportChoice, type TransportWish } from "../src/transport/mod.ts";

// The conformance and system tests, or the groups that are named, on every transport but the one that `npm test` has
// used already.

const root = join(import.meta.dirname, "..");

function choose(wanted: TransportWish): TransportChoice {
  const choice = chooseTransport({ wanted, connectionsMax: 1, gatherMicroseconds: 0, logger: silentLogger });
  choice.transport.close();
  return choice;
}

const named = process.argv.slice(2);
const groups = named.length > 0 ? named : ["conformance", "system"];
const usual = choose("auto").name;
for (const wanted of ["io_uring", "epoll", "node"] as const) {
  if (wanted === usual) continue;
  const { name, reason } = choose(wanted);
  if (name !== wanted) {
    process.stdout.write(`skipped: tests on ${wanted}: ${reason}\n`);
    continue;
  }
  process.stdout.write(`tests on ${wanted}\n`);
  const env = { ...process.env, TEST_TRANSPORT: wanted };
  const { status } = spawnSync(process.execPath, ["scripts/test.ts", ...groups], { cwd: root, stdio: "inherit", env });
  if (status !== 0) process.exitCode = 1;
}
