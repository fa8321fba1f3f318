import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { startTestAdmin, type TestAdmin } from "../../test/kit/admin-under-test.ts";
import { type LogFields, WorldError } from "../base/mod.ts";
import { createConfig, type HttpListenerConfig } from "../config/mod.ts";
import { startAdmin } from "./mod.ts";

interface Failure {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
}

function httpListener(settings: Partial<HttpListenerConfig>): HttpListenerConfig {
  const { http } = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" }, http: settings } }).listeners;
  return http ?? assert.fail("no HTTP listener");
}

async function rawSocket({ admin }: TestAdmin): Promise<Socket> {
  const socket = connect(admin.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

describe("the HTTP listener", () => {
  it("answers an unknown path with 404 in JSON that names the paths there are", async () => {
    await using admin = await startTestAdmin();
    const answer = await fetch(`${admin.url}/metric`);
    assert.equal(answer.status, 404);
    const message = "there are GET /health and GET /metrics";
    assert.deepEqual(await answer.json(), { statusCode: 404, error: "Not Found", message });
  });

  it("has no /metrics when listeners.http.prometheus is false", async () => {
    await using admin = await startTestAdmin({ listeners: { http: { prometheus: false } } });
    const answer = await fetch(`${admin.url}/metrics`);
    assert.equal(answer.status, 404);
    assert.equal(((await answer.json()) as Failure).message, "there is GET /health");
  });

  it("answers an address that cannot be read with 400 in JSON", async () => {
    await using admin = await startTestAdmin();
    const answer = await fetch(`${admin.url}/%zz`);
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as Failure).error, "Bad Request");
  });

  it("answers what is not HTTP with 400 in JSON and closes", async () => {
    await using admin = await startTestAdmin();
    const socket = await rawSocket(admin);
    socket.write("\x10\x0c\x00\x04MQTT\r\n\r\n");
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal((JSON.parse(answer.slice(answer.indexOf("{"))) as Failure).statusCode, 400);
  });

  it("refuses headers beyond its limit", async () => {
    await using admin = await startTestAdmin();
    assert.equal((await fetch(`${admin.url}/health`, { headers: { surplus: "x".repeat(10_000) } })).status, 431);
  });

  it("takes no body beyond its limit", async () => {
    await using admin = await startTestAdmin();
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${admin.url}/health`, { method: "POST", headers, body: `"${"x".repeat(2000)}"` });
    assert.equal(answer.status, 413);
    assert.equal(((await answer.json()) as Failure).statusCode, 413);
  });

  it("answers 500 without details, and logs them, when a scrape fails", async () => {
    const lines: { message: string; fields: LogFields | undefined }[] = [];
    const note = (message: string, fields?: LogFields): void => void lines.push({ message, fields });
    const logger = { debug: note, info: note, warn: note, error: note };
    await using running = await startTestAdmin();
    const broker = { ...running.broker, read: () => Promise.reject(new Error("secret detail")) };
    const listener = httpListener({ addr: "127.0.0.1:0" });
    const admin = await startAdmin({ listener, broker, nodeId: "n", version: "1", logger });
    const answer = await fetch(`http://${admin.address}/metrics`);
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /secret/);
    await admin.stop();
    assert.match(String(lines.at(-1)?.fields?.["error"]), /secret detail/);
  });
});

describe("opening the HTTP listener", () => {
  it("fails with address_in_use, and says what to do, where the port is taken", async () => {
    await using first = await startTestAdmin();
    const listener = httpListener({ addr: first.admin.address });
    await assert.rejects(
      startAdmin({ listener, broker: first.broker, nodeId: "n", version: "1" }),
      (error: unknown) => {
        assert.ok(error instanceof WorldError);
        assert.equal(error.code, "address_in_use");
        assert.match(error.message, /^127\.0\.0\.1:\d+ is in use: .*listeners\.http$/);
        return true;
      },
    );
    assert.equal((await fetch(`${first.url}/health`)).status, 200);
  });

  it("fails with address_not_available where the address is not this machine's", async () => {
    await using running = await startTestAdmin();
    const listener = httpListener({ addr: "192.0.2.1:8881" });
    await assert.rejects(startAdmin({ listener, broker: running.broker, nodeId: "n", version: "1" }), {
      code: "address_not_available",
    });
  });

  it("shares a port where reuse_port is set", async () => {
    await using first = await startTestAdmin({ listeners: { http: { reuse_port: true } } });
    const listener = httpListener({ addr: first.admin.address, reuse_port: true });
    const second = await startAdmin({ listener, broker: first.broker, nodeId: "n", version: "1" });
    assert.equal(second.port, first.admin.port);
    await second.stop();
  });

  it("warns where other machines reach it, since it asks for no password", async () => {
    const warnings: string[] = [];
    const ignore = (): void => {};
    const logger = { debug: ignore, info: ignore, warn: (line: string) => void warnings.push(line), error: ignore };
    await using running = await startTestAdmin();
    const { broker } = running;
    // 127.1 is loopback for the system, but nothing that the configuration knows to be local.
    for (const addr of ["127.0.0.1:0", "127.1:0"]) {
      const admin = await startAdmin({ listener: httpListener({ addr }), broker, nodeId: "n", version: "1", logger });
      await admin.stop();
    }
    assert.deepEqual(warnings, ["everyone who reaches the HTTP listener may read health and metrics"]);
  });
});

describe("closing the HTTP listener", () => {
  it("does not wait for connections that a scraper keeps open", async () => {
    await using admin = await startTestAdmin({}, { manualClock: true });
    const agent = new Agent({ keepAlive: true });
    const request = get(`${admin.url}/health`, { agent });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    const socket = answer.socket;
    await text(answer);
    assert.equal(socket.destroyed, false);
    const closed = once(socket, "close");
    // The clock stands still: a stop that waited for its deadline would never end.
    await admin.admin.stop();
    await closed;
    agent.destroy();
  });

  it("cuts who is still sending a request when the time is over", async () => {
    await using admin = await startTestAdmin({}, { manualClock: true });
    const socket = await rawSocket(admin);
    socket.on("error", () => {});
    const closed = once(socket, "close");
    socket.write("GET /health HTTP/1.1\r\nhost: x\r\nslo");
    // The answer to a later connection shows that the listener has taken this one.
    await fetch(`${admin.url}/health`);
    const stopped = admin.admin.stop(5000);
    await admin.advance(5000);
    await stopped;
    await closed;
  });

  it("refuses new connections afterwards", async () => {
    await using admin = await startTestAdmin();
    await admin.admin.stop();
    await assert.rejects(fetch(`${admin.url}/health`));
  });
});
