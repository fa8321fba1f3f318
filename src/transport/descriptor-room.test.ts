import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { whyNotNative } from "./contract/native-wire.ts";
import { makeRoomForDescriptors } from "./descriptor-room.ts";

const module = new URL("descriptor-room.ts", import.meta.url).href;

/** Descriptors that the kernel has room for in a new process that did `what`. */
function roomAfter(what: string): number {
  const look = `/FDSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]`;
  const program = `import { readFileSync } from "node:fs";\n${what}\nprocess.stdout.write(${look});`;
  return Number(
    execFileSync(process.execPath, ["--input-type=module-typescript", "-e", program], { encoding: "utf8" }),
  );
}

test(
  "the kernel has room for the descriptors of a crowd before it comes",
  { skip: whyNotNative("epoll") ?? false },
  () => {
    assert.ok(roomAfter("") < 4096);
    assert.ok(
      roomAfter(`import { makeRoomForDescriptors } from ${JSON.stringify(module)};
    makeRoomForDescriptors(4096);`) >= 4096,
    );
  },
);

test("more descriptors than the process may have are no error, and neither is an addon that is not there", () => {
  makeRoomForDescriptors(Infinity);
  makeRoomForDescriptors(4096, () => ({ addon: null, reason: "not built" }));
});
