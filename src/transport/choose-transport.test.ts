import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { LogFields, Logger } from "../base/mod.ts";
import { chooseTransport, type TransportChoice, type TransportSurroundings } from "./choose-transport.ts";
import { openNative, whyNotNative } from "./contract/native-wire.ts";
import { loadAddon, type LoadedAddon, type NativeAddon } from "./native-addon.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

interface Chosen extends TransportChoice {
  readonly log: readonly (readonly [level: string, message: string, fields: LogFields | undefined])[];
}

function choose(surroundings: Partial<TransportSurroundings>): Chosen {
  const log: [string, string, LogFields | undefined][] = [];
  const level =
    (name: string) =>
    (message: string, fields?: LogFields): void =>
      void log.push([name, message, fields]);
  const logger: Logger = { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") };
  const defaults = { wanted: "auto", connectionsMax: 10, gatherMicroseconds: 0 } as const;
  const choice = chooseTransport({ ...defaults, logger, ...surroundings });
  choice.transport.close();
  return { ...choice, log };
}

/** An addon whose backends the kernel refuses with these errors; the others work. */
function refusing(refusals: Readonly<Record<string, readonly [step: string, errno: number]>>): () => LoadedAddon {
  const Transport = class {
    constructor({ backend }: { readonly backend: string }) {
      const [step, errno] = refusals[backend] ?? ["", 0];
      if (errno !== 0) throw Object.assign(new Error(step), { errno });
    }

    close(): void {}
  };
  const addon = { interfaceVersion: 1, Transport } as unknown as NativeAddon;
  return () => ({ addon, reason: null });
}

describe("the choice of a transport", () => {
  it("is io_uring where all works", () => {
    assert.equal(choose({ load: refusing({}) }).name, "io_uring");
  });

  it("is epoll where a container forbids io_uring, and says so", () => {
    const { name, reason } = choose({ load: refusing({ io_uring: ["io_uring_setup", -1] }) });
    assert.equal(name, "epoll");
    assert.match(reason, /io_uring_setup: EPERM, not permitted here \(the seccomp profile/);
  });

  it("is epoll where no memory may be locked, and says so", () => {
    const { name, reason } = choose({ load: refusing({ io_uring: ["io_uring_setup", -12] }) });
    assert.equal(name, "epoll");
    assert.match(reason, /ENOMEM.*RLIMIT_MEMLOCK/);
  });

  it("is epoll where the kernel is too old, and says so", () => {
    for (const errno of [-38, -22]) {
      const { name, reason } = choose({
        load: refusing({ io_uring: ["multishot recv with provided buffers", errno] }),
      });
      assert.equal(name, "epoll");
      assert.match(reason, /multishot recv with provided buffers: \w+, this kernel is too old/);
    }
  });

  it("is node:net where epoll is refused as well", () => {
    const { name, reason } = choose({
      load: refusing({ io_uring: ["io_uring_setup", -1], epoll: ["epoll_create1", -24] }),
    });
    assert.equal(name, "node");
    assert.match(reason, /epoll does not work: epoll_create1: EMFILE/);
  });

  it("is node:net on another system than Linux", () => {
    const { name, reason } = choose({ platform: "darwin" });
    assert.equal(name, "node");
    assert.match(reason, /this is darwin/);
  });

  it("is node:net where the addon was not built, and repeats the reason that the installation left", () => {
    const folder = `${temporaryFolder("addon")}/`;
    assert.match(choose({ load: () => loadAddon(folder) }).reason, /the addon was not built: node native\/install\.js/);
    writeFileSync(`${folder}not-built.txt`, "there is no C++ compiler\n");
    const { name, reason } = choose({ load: () => loadAddon(folder) });
    assert.equal(name, "node");
    assert.equal(reason, "the addon was not built: there is no C++ compiler");
  });

  it("is node:net where the addon cannot be loaded", () => {
    const folder = `${temporaryFolder("addon")}/`;
    writeFileSync(`${folder}akasa-transport.node`, "not a library");
    const { name, reason } = choose({ load: () => loadAddon(folder) });
    assert.equal(name, "node");
    assert.match(reason, /the addon cannot be loaded: /);
  });

  it("is what was asked for, without asking the others", () => {
    assert.equal(choose({ wanted: "epoll", load: refusing({}) }).name, "epoll");
    assert.equal(choose({ wanted: "node", load: refusing({}) }).name, "node");
  });

  it("is told in one line of the log", () => {
    const { log } = choose({ load: refusing({ io_uring: ["io_uring_setup", -1] }) });
    assert.equal(log.length, 1);
    const [[level, message, fields] = []] = log;
    assert.deepEqual([level, message, fields?.["transport"]], ["info", "transport", "epoll"]);
    assert.match(String(fields?.["reason"]), /EPERM/);
  });

  it("is told as a warning where another one was asked for by name", () => {
    const { log } = choose({ wanted: "io_uring", load: refusing({ io_uring: ["io_uring_setup", -1] }) });
    assert.equal(log.length, 1);
    assert.deepEqual(log[0]?.slice(0, 2), ["warn", "transport: epoll instead of io_uring, which does not work here"]);
  });

  it("does not hide an error that is not the system's", () => {
    const Transport = class {
      constructor() {
        throw new TypeError("a bug");
      }

      close(): void {}
    };
    const addon = { interfaceVersion: 1, Transport } as unknown as NativeAddon;
    assert.throws(() => choose({ load: () => ({ addon, reason: null }) }), TypeError);
  });
});

describe("a native transport", { skip: whyNotNative("epoll") ?? false }, () => {
  it("takes calls after it was closed, and does nothing", () => {
    const transport = openNative({ backend: "epoll" });
    transport.close();
    transport.close();
    transport.useChunk(0, Buffer.alloc(16));
    transport.add(0, 0, 1);
    transport.send(new Int32Array(3));
  });
});
