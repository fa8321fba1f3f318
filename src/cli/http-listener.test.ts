import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const cache = { NODE_COMPILE_CACHE: join(tmpdir(), "akasa-compile-cache") };

// A test that fails leaves its process behind; nothing may outlive the run.
const children: ChildProcessByStdio<null, Readable, Readable>[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

function akasaStart(env: Readonly<Record<string, string>>): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [main, "start"], {
    env: { ...process.env, ...cache, AKASA_LISTENERS_MQTT_ADDR: "127.0.0.1:0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

describe("akasa start with listeners.http", { concurrency: 2 }, () => {
  it("says where it listens, serves /health and /metrics with its own name and version, and ends with 0", async () => {
    const child = akasaStart({ AKASA_LISTENERS_HTTP_ADDR: "127.0.0.1:0", AKASA_NODE_ID: "n7" });
    const exit = once(child, "exit");
    let url = "";
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /listening listener=http address=(\S+)/.exec(line)?.[1];
      if (address === undefined) continue;
      url = `http://${address}`;
      break;
    }
    const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
    assert.equal(health["status"], "ok");
    assert.equal(health["node_id"], "n7");
    assert.match(String(health["version"]), /^\d+\.\d+\.\d+/);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /akasa_build_info\{[^}]*node_id="n7"/);
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null]);
  });

  it("starts nothing, and says why in one line, when the port is in use", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const address = occupant.address();
    const port = typeof address === "object" && address !== null ? address.port : assert.fail("no port");
    const child = akasaStart({ AKASA_LISTENERS_HTTP_ADDR: `127.0.0.1:${port}` });
    const [[code], stderr, stdout] = await Promise.all([once(child, "exit"), text(child.stderr), text(child.stdout)]);
    occupant.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^akasa: 127\\.0\\.0\\.1:${port} is in use: [^\\n]*listeners\\.http\\n$`));
    assert.doesNotMatch(stdout, /listening/);
  });
});
