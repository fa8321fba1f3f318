import assert from "node:assert/strict";
import { TestAuthority } from "../kit/mod.ts";
import { inBrowser } from "./browser.ts";
import { portOf } from "./listener-port.ts";
import { connectedFields } from "./log-line.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

/** For each address: connects, subscribes, publishes to itself at QoS 2, and tells what came back. */
const script = `
  const loop = (url, clientId) => new Promise((resolve) => {
    const client = mqtt.connect(url, { clientId, protocolVersion: 5, reconnectPeriod: 0 });
    client.on("error", (error) => resolve(String(error)));
    client.on("close", () => resolve("closed"));
    client.on("connect", () => client.subscribe("browser/" + clientId, { qos: 2 }, () => {
      client.publish("browser/" + clientId, clientId + "!".repeat(100000), { qos: 2 });
    }));
    client.on("message", (topic, payload) => {
      resolve(topic + " " + payload.length);
      client.end();
    });
  });
`;

scenario(
  "pages in a real browser publish and subscribe over WebSockets, with and without TLS; foreign pages do not",
  async () => {
    using authority = new TestAuthority();
    const certificate = authority.server();
    const files = { cert_file: certificate.certFile, key_file: certificate.keyFile };
    const addr = "127.0.0.1:0";
    const ws = [{ addr }, { addr, allowed_origins: ["https://elsewhere.example"] }];
    await using running = await startRunningBroker({ listeners: { ws, wss: { addr, ...files } } });
    const port = (name: string): number => portOf(running, name);
    const urls = [
      ["plain", `ws://127.0.0.1:${port("ws")}/mqtt`],
      ["secure", `wss://localhost:${port("wss")}/mqtt`],
      ["foreign", `ws://127.0.0.1:${port("ws-2")}/mqtt`],
    ];
    const calls = urls.map(([name, url]) => `loop(${JSON.stringify(url)}, "${name}")`);
    const told = await inBrowser(`${script} report(await Promise.all([${calls.join(", ")}]));`, certificate);
    assert.ok(Array.isArray(told));
    assert.deepEqual(told.slice(0, 2), ["browser/plain 100005", "browser/secure 100006"]);
    assert.doesNotMatch(String(told[2]), /^browser/);
    assert.match(String((await connectedFields(running, "secure"))["tls"]), /^TLSv1\.3$/);
  },
  { within: 100_000 },
);
