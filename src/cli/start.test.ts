import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const cache = { NODE_COMPILE_CACHE: join(tmpdir(), "akasa-compile-cache") };

// A test that fails leaves its process behind; nothing may outlive the run.
const children: ChildProcessByStdio<null, Readable, Readable>[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** An `akasa` process whose lines a test reads one after the other. */
class Akasa {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #lines: Interface;
  readonly #iterator: AsyncIterator<string>;
  readonly #errors: Promise<string>;
  readonly #closed: Promise<unknown[]>;
  /** True once standard output has ended: what reads it cannot be resumed then. */
  #silent = false;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const options = {
      env: { ...process.env, ...cache, ...env },
      stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"],
    };
    this.#child = spawn(process.execPath, [main, ...args], options);
    children.push(this.#child);
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#lines.once("close", () => {
      this.#silent = true;
    });
    this.#iterator = this.#lines[Symbol.asyncIterator]();
    this.#errors = text(this.#child.stderr);
    this.#closed = once(this.#child, "close");
  }

  /** The next line that matches; lines before it are passed over. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const { value, done } = await this.#iterator.next();
      if (done === true) throw new Error(`ended without ${String(pattern)}: ${await this.#errors}`);
      const match = pattern.exec(value);
      if (match !== null) return match;
    }
  }

  /** The port of the MQTT listener, once it is open. */
  async port(): Promise<string> {
    return (await this.line(/listening listener=mqtt address=127\.0\.0\.1:(\d+)/))[1] ?? "";
  }

  signal(name: "SIGTERM" | "SIGINT"): void {
    this.#child.kill(name);
  }

  async end(): Promise<{ code: unknown; stderr: string }> {
    if (!this.#silent) this.#lines.resume();
    const [code] = await this.#closed;
    return { code, stderr: await this.#errors };
  }
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : assert.fail("no port");
}

const anyPort = { AKASA_LISTENERS_MQTT_ADDR: "127.0.0.1:0" };

describe("akasa start", { concurrency: 4 }, () => {
  it("without a configuration serves this machine, asks for no password, and says both", async () => {
    const akasa = new Akasa(["start"], anyPort);
    await akasa.port();
    await akasa.line(/no configuration file: only this machine is served and no password is asked for/);
    akasa.signal("SIGTERM");
    assert.deepEqual(await akasa.end(), { code: 0, stderr: "" });
  });

  it("ends with 0 on Ctrl-C", async () => {
    const akasa = new Akasa(["start"], anyPort);
    await akasa.port();
    akasa.signal("SIGINT");
    await akasa.line(/stopping signal=SIGINT/);
    assert.equal((await akasa.end()).code, 0);
  });

  it("ends with 78, and starts nothing, when the configuration has a mistake", async () => {
    const stderr =
      'akasa: configuration: environment AKASA_LOG_LEVEL: log_level: expected one of debug, info, warn, error, got "loud"\n';
    assert.deepEqual(await new Akasa(["start"], { ...anyPort, AKASA_LOG_LEVEL: "loud" }).end(), { code: 78, stderr });
  });

  it("ends with 78 when the configuration file does not exist", async () => {
    const stderr = "akasa: /none/akasa.yaml: there is no such file\n";
    assert.deepEqual(await new Akasa(["start", "--config", "/none/akasa.yaml"]).end(), { code: 78, stderr });
  });

  it("ends with 78 when the password file does not exist", async () => {
    const env = { ...anyPort, AKASA_AUTH_ENABLE: "true", AKASA_AUTH_PASSWORD_FILE: "/none/passwords" };
    const { code, stderr } = await new Akasa(["start"], env).end();
    assert.equal(code, 78);
    assert.match(stderr, /^akasa: \/none\/passwords: there is no such password file; [^\n]*\n$/);
  });

  it(
    "ends with one line where the data folder cannot be made",
    { skip: process.platform !== "linux" && "only Linux has /proc" },
    async () => {
      const akasa = new Akasa(["start"], { ...anyPort, AKASA_DATA_DIR: "/proc/akasa/data", AKASA_DURABILITY: "local" });
      const stderr = "akasa: /proc/akasa/data: the data folder cannot be made (ENOENT)\n";
      assert.deepEqual(await akasa.end(), { code: 1, stderr });
    },
  );

  it("makes the data folder with all that lie above it, for its owner alone", async () => {
    const folder = join(temporaryFolder("cli"), "a", "b", "data");
    const akasa = new Akasa(["start"], { ...anyPort, AKASA_DATA_DIR: folder, AKASA_DURABILITY: "local" });
    await akasa.port();
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    akasa.signal("SIGTERM");
    assert.equal((await akasa.end()).code, 0);
  });

  it("ends with 0 when it is asked to stop before it is ready", async () => {
    const folder = temporaryFolder("cli");
    const file = join(folder, "akasa.yaml");
    writeFileSync(file, "listeners: {mqtt: {addr: '127.0.0.1:0'}}\ndurability: memory\nhooks: [./slow.ts]\n");
    // It never has done, and what listens keeps the process alive.
    const listens = 'import net from "node:net"; net.createServer().listen(0, "127.0.0.1"); console.log("loading");';
    writeFileSync(join(folder, "slow.ts"), `${listens} await new Promise(() => {});`);
    const akasa = new Akasa(["start", "-c", file]);
    await akasa.line(/^loading$/);
    akasa.signal("SIGTERM");
    await akasa.line(/stopped before it was ready signal=SIGTERM/);
    assert.deepEqual(await akasa.end(), { code: 0, stderr: "" });
  });

  it(
    "serves on where its log cannot be written",
    { skip: process.platform !== "linux" && "only Linux has /dev/full" },
    async () => {
      const port = await freePort();
      const full = openSync("/dev/full", "w");
      const env = {
        ...process.env,
        ...cache,
        AKASA_LISTENERS_MQTT_ADDR: `127.0.0.1:${port}`,
        AKASA_DURABILITY: "memory",
      };
      const broker = spawn(process.execPath, [main, "start"], { env, stdio: ["ignore", full, "pipe"] });
      children.push(broker as unknown as (typeof children)[number]);
      const closed = once(broker, "close");
      // There is no line that would tell when it listens.
      while (broker.exitCode === null) {
        const { code } = await new Akasa(["pub", "-p", `${port}`, "-t", "a", "-m", "x", "-q", "1"]).end();
        if (code === 0) break;
      }
      assert.equal(broker.exitCode, null);
      broker.kill("SIGTERM");
      assert.deepEqual(await closed, [0, null]);
      closeSync(full);
    },
  );

  it("ends with one clear line when the port is in use", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const address = occupant.address();
    const port = typeof address === "object" && address !== null ? address.port : assert.fail("no port");
    const { code, stderr } = await new Akasa(["start"], { AKASA_LISTENERS_MQTT_ADDR: `127.0.0.1:${port}` }).end();
    occupant.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^akasa: [^\\n]*127\\.0\\.0\\.1:${port}[^\\n]*\\n$`));
  });

  it("warns about keys that do nothing, with their line", async () => {
    const file = join(temporaryFolder("cli"), "akasa.yaml");
    writeFileSync(file, "max_allowed_qos: 2\ninflight_timeout: 15\n");
    const akasa = new Akasa(["start", "--config", file], anyPort);
    await akasa.line(/WARN {2}configuration: line 2: inflight_timeout: no effect: /);
    akasa.signal("SIGTERM");
    assert.equal((await akasa.end()).code, 0);
  });

  it("with shards runs several, on one port, and ends with 0", async () => {
    const akasa = new Akasa(["start"], { ...anyPort, AKASA_DURABILITY: "memory", AKASA_SHARDS: "2" });
    await akasa.line(/shards run shards=2/);
    const port = await akasa.port();
    const sent = await new Akasa(["pub", "-p", port, "-t", "a", "-m", "x", "-q", "1", "-r"]).end();
    assert.deepEqual(sent, { code: 0, stderr: "" });
    akasa.signal("SIGTERM");
    await akasa.line(/stopped/);
    assert.deepEqual(await akasa.end(), { code: 0, stderr: "" });
  });

  it("logs JSON when asked to", async () => {
    const akasa = new Akasa(["start"], { ...anyPort, AKASA_LOG_FORMAT: "json", AKASA_NODE_ID: "n7" });
    const [line] = await akasa.line(/.*"msg":"listening".*/);
    assert.equal(JSON.parse(line).node, "n7");
    akasa.signal("SIGTERM");
    assert.equal((await akasa.end()).code, 0);
  });
});

describe("akasa pub and sub with a broker", () => {
  let broker: Akasa;
  let port = "";
  before(async () => {
    broker = new Akasa(["start"], anyPort);
    port = await broker.port();
  });
  after(async () => {
    broker.signal("SIGTERM");
    await broker.end();
  });

  for (const version of ["3.1", "3.1.1", "5"]) {
    it(`bring a retained message to one who subscribes later, in MQTT ${version}`, async () => {
      const where = ["-p", port, "-V", version, "-q", "1"];
      const topic = `kept/${version}`;
      const sent = await new Akasa(["pub", ...where, "-t", topic, "-m", "hello", "-r"]).end();
      assert.deepEqual(sent, { code: 0, stderr: "" });
      const reader = new Akasa(["sub", ...where, "-t", topic, "-v", "-C", "1"]);
      assert.equal((await reader.line(/.*/))[0], `${topic} hello`);
      assert.deepEqual(await reader.end(), { code: 0, stderr: "" });
    });
  }

  it("end sub with 0 when the user has seen enough", async () => {
    await new Akasa(["pub", "-p", port, "-t", "once", "-m", "x", "-r"]).end();
    const reader = new Akasa(["sub", "-p", port, "-t", "once"]);
    await reader.line(/^x$/);
    reader.signal("SIGINT");
    assert.deepEqual(await reader.end(), { code: 0, stderr: "" });
  });
});

describe("akasa sub when the broker stops", () => {
  it("tells why the connection ended, and ends with 1", async () => {
    const broker = new Akasa(["start"], anyPort);
    const port = await broker.port();
    await new Akasa(["pub", "-p", port, "-t", "a", "-m", "x", "-r"]).end();
    const reader = new Akasa(["sub", "-p", port, "-t", "a"]);
    await reader.line(/^x$/);
    broker.signal("SIGTERM");
    const { code, stderr } = await reader.end();
    assert.deepEqual(
      [code, stderr],
      [1, `akasa: 127.0.0.1:${port}: the broker ended the connection: the server is shutting down\n`],
    );
    assert.equal((await broker.end()).code, 0);
  });
});

describe("akasa pub with a message that the broker does not take", () => {
  it("tells so in one line, and ends with 1", async () => {
    const broker = new Akasa(["start"], { ...anyPort, AKASA_MAX_PACKET_SIZE_SERVER: "1000" });
    const port = await broker.port();
    const send = ["pub", "-p", port, "-t", "a", "-q", "1", "-m", "x".repeat(2000)];
    const { code, stderr } = await new Akasa(send).end();
    assert.equal(code, 1);
    assert.match(stderr, /^akasa: 127\.0\.0\.1:\d+: [^\n]+\n$/);
    broker.signal("SIGTERM");
    assert.equal((await broker.end()).code, 0);
  });
});

describe("akasa with passwords", () => {
  it("serves who has the right one, and tells the others in one line", async () => {
    const passwords = join(temporaryFolder("cli"), "passwords");
    // "secret" with the salt 0123456789ab, as the original writes it.
    writeFileSync(passwords, "ann:sha256,MDEyMzQ1Njc4OWFi,NUQZ/7QfVCWckMFbT4IBMBosbtk0MTOz7DnOUqRXSpY\n");
    const broker = new Akasa(["start"], { ...anyPort, AKASA_AUTH_ENABLE: "true", AKASA_AUTH_PASSWORD_FILE: passwords });
    const port = await broker.port();
    const send = ["pub", "-p", port, "-t", "a", "-m", "x", "-q", "1", "-u", "ann"];
    assert.deepEqual(await new Akasa([...send, "-P", "secret"]).end(), { code: 0, stderr: "" });
    const { code, stderr } = await new Akasa([...send, "-P", "wrong"]).end();
    assert.equal(code, 1);
    assert.match(stderr, /^akasa: 127\.0\.0\.1:\d+: [^\n]*(password|authorized)[^\n]*\n$/i);
    broker.signal("SIGTERM");
    assert.equal((await broker.end()).code, 0);
  });
});
