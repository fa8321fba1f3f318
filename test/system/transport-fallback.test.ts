import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseTransport } from "../../src/transport/mod.ts";
import { silentLogger } from "../../src/base/mod.ts";
import { RawClient, shardsUnderTest, SkipTest, temporaryFolder } from "../kit/mod.ts";
import { type AkasaProcess, startAkasaProcess } from "./akasa-process.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = temporaryFolder("fallback");

/** A program that keeps io_uring from what it starts, with this error. */
function forbidding(errno: number): readonly string[] {
  const program = join(folder, "forbid-io-uring");
  const source = join(root, "test/system/forbid/forbid-io-uring.c");
  if (!existsSync(program)) {
    const { status, error, stderr } = spawnSync("gcc", ["-O1", "-Wall", "-o", program, source], { encoding: "utf8" });
    if (status !== 0) throw new SkipTest(`no C compiler that could build the wrapper: ${error?.message ?? stderr}`);
  }
  return [program, `${errno}`];
}

function needs(transport: "io_uring" | "epoll"): void {
  const surroundings = { wanted: transport, connectionsMax: 1, gatherMicroseconds: 0, logger: silentLogger };
  const choice = chooseTransport(surroundings);
  choice.transport.close();
  if (choice.name !== transport) throw new SkipTest(`${transport} does not run here: ${choice.reason}`);
}

async function serves(broker: AkasaProcess): Promise<void> {
  const clients: RawClient[] = [];
  const target = { host: broker.host, port: broker.port, adopt: (client: RawClient) => void clients.push(client) };
  const subscriber = await RawClient.connected(target, 5);
  await subscriber.subscribe("a", { qos: 1 });
  const publisher = await RawClient.connected(target, 4);
  await publisher.publishAcked("a", "hello", { qos: 1 });
  assert.equal((await subscriber.receive()).payload.toString(), "hello");
  for (const client of clients) client.close();
}

/** The one line about the transport. */
async function transportLine(broker: AkasaProcess): Promise<string> {
  return broker.line(/transport=/);
}

for (const [errno, code] of [
  [1, "EPERM"],
  [12, "ENOMEM"],
  [38, "ENOSYS"],
] as const) {
  scenario(
    `a broker that may not use io_uring (${code}) serves over epoll and says why in one line of each shard`,
    async () => {
      needs("io_uring");
      await using broker = await startAkasaProcess("transport: auto\n", forbidding(errno));
      assert.match(await transportLine(broker), new RegExp(`transport=epoll .*io_uring_setup: ${code}`));
      await serves(broker);
      const { output } = await broker.stop();
      assert.equal(output.match(/transport=/g)?.length, shardsUnderTest(), output);
    },
  );
}

scenario("a broker whose memory may not be locked starts and serves", async () => {
  needs("epoll");
  if (spawnSync("prlimit", ["--version"]).status !== 0) throw new SkipTest("prlimit (util-linux) is missing");
  await using broker = await startAkasaProcess("transport: auto\n", ["prlimit", "--memlock=0"]);
  assert.match(await transportLine(broker), /transport=(?:io_uring|epoll) /);
  await serves(broker);
});

scenario("a broker asked for io_uring by name where that is forbidden warns and serves", async () => {
  needs("io_uring");
  await using broker = await startAkasaProcess("transport: io_uring\n", forbidding(1));
  assert.match(await transportLine(broker), /warn.*epoll instead of io_uring/i);
  await serves(broker);
});

for (const transport of ["io_uring", "epoll"] as const) {
  scenario(`mqtt listeners are carried by ${transport} where it runs, and not by node:net`, async () => {
    needs(transport);
    const servers = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
    const before = servers();
    // What a thread of a shard listens with cannot be seen from here.
    await using broker = await startRunningBroker({ transport, shards: 1 });
    assert.equal(broker.broker.transport.name, transport);
    assert.equal(servers(), before);
    await using other = await startRunningBroker({ transport: "node", shards: 1 });
    assert.equal(other.broker.transport.name, "node");
    assert.equal(servers(), before + 1);
  });
}

scenario("a broker on node:net serves too", async () => {
  await using broker = await startAkasaProcess("transport: node\n");
  assert.match(await transportLine(broker), /transport=node reason="?as configured/);
  await serves(broker);
});

/** A copy of the package as npm installs it, and what its install script says there. */
function install(
  name: string,
  env: Readonly<Record<string, string>>,
): { readonly home: string; readonly said: string } {
  const home = join(folder, name);
  mkdirSync(home);
  cpSync(join(root, "native"), join(home, "native"), {
    recursive: true,
    filter: (path) => !path.includes(".build"),
  });
  writeFileSync(join(home, "package.json"), '{ "type": "module" }');
  const script = join(home, "native/install.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8", env });
  assert.equal(status, 0, stdout + stderr);
  return { home, said: stdout + stderr };
}

scenario("an installation without a compiler succeeds, warns, and leaves the reason for the log", () => {
  const { home, said } = install("without-compiler", { PATH: folder });
  assert.match(said, /without the native transport, which could not be built: .*compiler|headers of Node/);
  assert.match(readFileSync(join(home, "native/.build/not-built.txt"), "utf8"), /compiler|headers/);
  return Promise.resolve();
});

scenario("an installation whose compiler fails succeeds and warns", () => {
  const compiler = join(folder, "failing-compiler");
  writeFileSync(compiler, '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "cannot compile this" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const headers = join(root, "node_modules/node/node_modules", `node-linux-${process.arch}`);
  const env = { PATH: "/usr/bin:/bin", CXX: compiler, npm_config_nodedir: headers };
  const { home, said } = install("failing-compiler-home", env);
  assert.match(said, /could not be built: the compiler failed:\ncannot compile this/);
  assert.equal(readFileSync(join(home, "native/.build/not-built.txt"), "utf8"), "the compiler failed:\n");
  return Promise.resolve();
});
