import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { silentLogger } from "../src/base/mod.ts";
import { chooseTransport, type TransportChoice, type TransportWish } from "../src/transport/mod.ts";

// The system and conformance tests on every transport but the one that `npm test` has used already.

const root = join(import.meta.dirname, "..");

function choose(wanted: TransportWish): TransportChoice {
  const choice = chooseTransport({ wanted, connectionsMax: 1, gatherMicroseconds: 0, logger: silentLogger });
  choice.transport.close();
  return choice;
}

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
  const words = ["scripts/test.ts", "conformance", "system"];
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit", env });
  if (status !== 0) process.exitCode = 1;
}
