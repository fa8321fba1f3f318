import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { startAdmin } from "../../src/admin/mod.ts";
import { binaryHeader, field, sslField } from "../../src/door/fuzz/proxy-writer.ts";
import { type ConfigOverrides, packets, TestAuthority, type TestCertificate, uniqueName } from "../kit/mod.ts";
import { closed } from "./closed.ts";
import { startHaProxy } from "./haproxy.ts";
import { portOf } from "./listener-port.ts";
import { connectedFields, refusals } from "./log-line.ts";
import { MqttJs } from "./mqttjs-client.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const addr = "127.0.0.1:0";
const textHeader = Buffer.from("PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\r\n");

function pemOf({ certFile, keyFile }: TestCertificate, folder: string): string {
  const file = `${folder}/both.pem`;
  writeFileSync(file, readFileSync(certFile, "utf8") + readFileSync(keyFile, "utf8"));
  return file;
}

/** Connects over a socket that is open already; answers the client identifier. */
async function connectOver(socket: net.Socket, clientId = uniqueName("c")): Promise<string> {
  socket.write(packets.connect({ version: 4, clientId }));
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.equal(answer.toString("hex"), "20020000");
  return clientId;
}

async function closedByBroker(running: RunningBroker, port: number, bytes: Buffer): Promise<void> {
  const before = (await refusals(running)).length;
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  socket.write(bytes);
  await closed(socket);
  assert.equal((await refusals(running)).length, before + 1);
}

for (const server of ["send-proxy", "send-proxy-v2"]) {
  scenario(`behind HAProxy with ${server} every kind of listener knows where its clients are`, async () => {
    using authority = new TestAuthority();
    const { certFile: cert_file, keyFile: key_file } = authority.server();
    const behind = { addr, proxy_mode: "Normal" } as const;
    const mqtts = { addr, proxy: true, cert_file, key_file };
    const wss = { ...behind, cert_file, key_file };
    await using running = await startRunningBroker({ listeners: { mqtt: behind, mqtts, ws: behind, wss } });
    const kinds = ["mqtt", "mqtts", "ws", "wss"] as const;
    const fronts = kinds.map((kind) => ({ server, port: portOf(running, kind) }));
    await using proxy = await startHaProxy(...fronts);
    for (const [index, protocol] of kinds.entries()) {
      const ca = readFileSync(authority.caFile);
      const port = proxy.ports[index] ?? 0;
      const options = { protocol, path: "/mqtt", ca, host: "localhost", clientId: protocol };
      await using client = await MqttJs.connected({ host: "localhost", port }, 4, options);
      const local = (client.client.stream as unknown as { socket?: net.Socket }).socket ?? client.client.stream;
      const { address, proxy: told, listener } = await connectedFields(running, protocol);
      assert.match(String(address), /^127\.0\.0\.1:\d+$/);
      const ownPort = (local as net.Socket).localPort;
      if (ownPort !== undefined) assert.equal(address, `127.0.0.1:${ownPort}`);
      assert.deepEqual([told, listener], ["127.0.0.1", protocol]);
    }
  });
}

scenario(
  "HAProxy with send-proxy-v2-ssl tells the host name, the version and the common name of a client",
  async () => {
    using authority = new TestAuthority();
    const ann = authority.issue("ann", { subject: "/CN=ann" });
    const mqtt = { addr, proxy_mode: "TlsTermination", use_identity_as_username: "cn" } as const;
    await using running = await startRunningBroker({ listeners: { mqtt } });
    const crt = pemOf(authority.server(), authority.folder);
    await using proxy = await startHaProxy({
      bind: `ssl crt ${crt} ca-file ${authority.caFile} verify optional`,
      server: "send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,authority,crc32c,unique-id",
      port: portOf(running, "mqtt"),
    });
    const [port] = proxy.ports;
    const ca = readFileSync(authority.caFile);
    const certificate = { cert: readFileSync(ann.certFile), key: readFileSync(ann.keyFile) };
    for (const [clientId, own, userName] of [
      ["with", certificate, "ann"],
      ["without", {}, null],
    ] as const) {
      const socket = tls.connect({ host: "127.0.0.1", port, ca, servername: "localhost", ...own });
      await connectOver(socket, clientId);
      const fields = await connectedFields(running, clientId);
      assert.deepEqual([fields["userName"], fields["tls"], fields["serverName"]], [userName, "TLSv1.3", "localhost"]);
      assert.equal(fields["address"], `127.0.0.1:${socket.localPort}`);
      socket.destroy();
    }
  },
);

scenario("a header that arrives byte by byte is a header, and what follows it in one piece is MQTT", async () => {
  await using running = await startRunningBroker({ listeners: { mqtt: { addr, proxy_mode: "Normal" } } });
  const socket = net.connect({ host: "127.0.0.1", port: portOf(running, "mqtt"), noDelay: true });
  await once(socket, "connect");
  for (const byte of textHeader) {
    await new Promise<void>((resolve) => socket.write(Buffer.from([byte]), () => resolve()));
  }
  const slow = await connectOver(socket);
  assert.equal((await connectedFields(running, slow))["address"], "192.0.2.7:56324");
  const quick = net.connect(portOf(running, "mqtt"), "127.0.0.1");
  quick.write(Buffer.concat([textHeader, packets.connect({ version: 4, clientId: "quick" })]));
  await once(quick, "data");
  assert.equal((await connectedFields(running, "quick"))["proxy"], "127.0.0.1");
  for (const each of [socket, quick]) each.destroy();
});

scenario("a proxy's own connections (LOCAL), and clients it knows nothing of, have the proxy's address", async () => {
  await using running = await startRunningBroker({ listeners: { mqtt: { addr, proxy_mode: "TlsTermination" } } });
  const headers = [
    Buffer.from("PROXY UNKNOWN\r\n"),
    binaryHeader(0x20, 0x00, Buffer.alloc(300)),
    binaryHeader(0x21, 0x00, Buffer.alloc(0)),
  ];
  for (const header of headers) {
    const socket = net.connect(portOf(running, "mqtt"), "127.0.0.1");
    socket.write(header);
    const clientId = await connectOver(socket);
    assert.equal((await connectedFields(running, clientId))["address"], `127.0.0.1:${socket.localPort}`);
    socket.destroy();
  }
});

scenario("without a header, with a bad one, or from others than trusted_proxies nobody comes in", async () => {
  using authority = new TestAuthority();
  const { certFile: cert_file, keyFile: key_file } = authority.server();
  const listeners: NonNullable<ConfigOverrides["listeners"]> = {
    mqtt: [
      { addr, proxy_mode: "Normal" },
      { addr, proxy_mode: "Normal", trusted_proxies: ["192.0.2.0/24"] },
    ],
    mqtts: { addr, proxy_mode: "Normal", cert_file, key_file },
    ws: { addr, proxy_mode: "Normal", trusted_proxies: ["192.0.2.1"] },
  };
  await using running = await startRunningBroker({ listeners });
  const connect = packets.connect({ version: 4, clientId: "c" });
  await closedByBroker(running, portOf(running, "mqtt"), connect);
  await closedByBroker(running, portOf(running, "mqtt"), binaryHeader(0x21, 0x21, Buffer.alloc(12)));
  await closedByBroker(running, portOf(running, "mqtts"), connect);
  await closedByBroker(running, portOf(running, "mqtt-2"), Buffer.concat([textHeader, connect]));
  await closedByBroker(running, portOf(running, "ws"), textHeader);
  const expected = ["proxy_header", "proxy_header", "proxy_header", "untrusted_proxy", "untrusted_proxy"];
  assert.deepEqual(await refusals(running), expected);
});

scenario("where the proxy is to end TLS, a client of whose TLS it does not tell stays outside", async () => {
  const tcp4 = Buffer.from("c0000207c6336401dc04075b", "hex");
  const secured = sslField({ client: 0x01, verify: 0, version: "TLSv1.3", commonName: "nobody" });
  // Of the kinds of listener, one whose connections are the transport's and one whose are sockets.
  const behind = { addr, proxy_mode: "TlsTermination" } as const;
  await using running = await startRunningBroker({ listeners: { mqtt: behind, ws: behind } });
  const connect = packets.connect({ version: 4, clientId: "c" });
  for (const kind of ["mqtt", "ws"] as const) {
    await closedByBroker(running, portOf(running, kind), Buffer.concat([textHeader, connect]));
    const open = binaryHeader(0x21, 0x11, tcp4, field(0x02, "broker.example"));
    await closedByBroker(running, portOf(running, kind), Buffer.concat([open, connect]));
  }
  assert.deepEqual(
    await refusals(running),
    Array.from({ length: 4 }, () => "proxy_header"),
  );
  const socket = net.connect(portOf(running, "mqtt"), "127.0.0.1");
  socket.write(binaryHeader(0x21, 0x11, tcp4, secured));
  assert.equal((await connectedFields(running, await connectOver(socket)))["tls"], "TLSv1.3");
  socket.destroy();
});

scenario("a header that does not come to its end has a deadline, on every kind of listener", async () => {
  using authority = new TestAuthority();
  const { certFile: cert_file, keyFile: key_file } = authority.server();
  const behind = { addr, proxy_mode: "Normal", handshake_timeout_seconds: 1 } as const;
  const files = { cert_file, key_file };
  const listeners = { mqtt: behind, mqtts: { ...behind, ...files }, ws: behind, wss: { ...behind, ...files } };
  await using running = await startRunningBroker({ listeners });
  const ports = (["mqtt", "mqtts", "ws", "wss"] as const).map((kind) => portOf(running, kind));
  const sockets = ports.map((port) => net.connect(port, "127.0.0.1"));
  for (const socket of sockets)
    socket
      .on("error", () => {})
      .resume()
      .write(textHeader.subarray(0, 20));
  await Promise.all(sockets.map(closed));
  assert.deepEqual(await refusals(running), ["timeout", "timeout", "timeout", "timeout"]);
});

scenario("a broker that stops does not wait for those who show no header", async () => {
  const running = await startRunningBroker({ listeners: { mqtt: { addr, proxy_mode: "Normal" } } });
  const socket = net.connect(portOf(running, "mqtt"), "127.0.0.1");
  const over = closed(socket);
  socket.resume().write(textHeader.subarray(0, 20));
  while ((await running.broker.read()).gauges.doors[0]?.pendingHandshakes === 0) await new Promise(setImmediate);
  await running[Symbol.asyncDispose]();
  await over;
  assert.deepEqual(await refusals(running), []);
});

scenario("/metrics behind HAProxy: the HTTP listener takes a header as well, and nobody without one", async () => {
  const http = { addr, proxy_mode: "Normal" } as const;
  await using running = await startRunningBroker({ listeners: { mqtt: { addr }, http } });
  const listener = running.config.listeners.http ?? assert.fail("no HTTP listener");
  const admin = await startAdmin({ listener, broker: running.broker, nodeId: "n", version: "1.0.0" });
  try {
    await using proxy = await startHaProxy({ server: "send-proxy-v2", port: admin.port });
    const { host, ports } = proxy;
    const answer = await fetch(`http://${host}:${ports[0]}/metrics`);
    assert.match(await answer.text(), /akasa_handshakes_pending\{listener="mqtt"\} 0/);
    await assert.rejects(fetch(`http://127.0.0.1:${admin.port}/metrics`));
  } finally {
    await admin.stop();
  }
});
