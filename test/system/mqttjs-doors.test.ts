import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { TestAuthority, type Version } from "../kit/mod.ts";
import { portOf } from "./listener-port.ts";
import { MqttJs } from "./mqttjs-client.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const addr = "127.0.0.1:0";

for (const version of [3, 4, 5] as const satisfies readonly Version[]) {
  scenario(
    `MQTT.js (protocol level ${version}) over TLS, WebSocket and both gets what the others publish`,
    async () => {
      using authority = new TestAuthority();
      const { certFile: cert_file, keyFile: key_file } = authority.server();
      const tls = { addr, cert_file, key_file };
      await using running = await startRunningBroker({
        listeners: { mqtt: { addr }, mqtts: tls, ws: { addr }, wss: tls },
      });
      const ca = readFileSync(authority.caFile);
      const clients: MqttJs[] = [];
      await using ended = new AsyncDisposableStack();
      for (const protocol of ["mqtt", "mqtts", "ws", "wss"] as const) {
        const where = { host: "localhost", port: portOf(running, protocol) };
        const client = await MqttJs.connected(where, version, { protocol, path: "/mqtt", ca });
        clients.push(ended.use(client));
        await client.client.subscribeAsync("all/#", { qos: 2 });
      }
      const large = "x".repeat(200_000);
      for (const [index, { client }] of clients.entries()) {
        await client.publishAsync(`all/${index}`, `${index}${large}`, { qos: 2 });
      }
      for (const client of clients) {
        const texts = [];
        for (let count = 0; count < clients.length; count++) texts.push((await client.next()).text);
        assert.deepEqual(
          texts.map((text) => [text[0], text.length]),
          clients.map((_, index) => [`${index}`, large.length + 1]),
        );
      }
    },
  );
}
