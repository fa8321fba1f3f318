import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { type ConfigOverrides, packets, shardsUnderTest, TestAuthority, type TestCertificate } from "../kit/mod.ts";
import { akasa } from "./akasa-process.ts";
import { closed } from "./closed.ts";
import { portOf } from "./listener-port.ts";
import { refusals } from "./log-line.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

/** The common name of the certificate that the broker shows, and the session for the next time. */
interface Seen {
  readonly name: string;
  readonly reused: boolean;
  readonly session: Buffer | undefined;
}

/** Connects by TLS and MQTT once. Tickets come before the answer, behind the handshake. */
async function look(port: number, options: tls.ConnectionOptions = {}): Promise<Seen> {
  const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  let session: Buffer | undefined;
  socket.on("session", (ticket) => (session = ticket));
  socket.write(packets.connect({ version: 4, clientId: "looks" }));
  await answered(socket);
  // A session that is resumed brings no certificate.
  const subject = socket.getPeerCertificate().subject as tls.Certificate | undefined;
  const seen = { name: String(subject?.CN), reused: socket.isSessionReused(), session };
  socket.destroy();
  return seen;
}

/** Resolves with the broker's next bytes; rejects where it closes instead. */
function answered(socket: tls.TLSSocket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the broker closed the connection")));
  });
}

function install(target: TestCertificate, source: TestCertificate): void {
  copyFileSync(source.certFile, target.certFile);
  copyFileSync(source.keyFile, target.keyFile);
}

function mqtts(certificate: TestCertificate, more: object = {}): ConfigOverrides {
  const { certFile: cert_file, keyFile: key_file } = certificate;
  return { listeners: { mqtts: { addr: "127.0.0.1:0", cert_file, key_file, ...more } } };
}

async function logged(running: RunningBroker, message: RegExp): Promise<number> {
  return (await running.logged()).filter((line) => message.test(line.message)).length;
}

scenario("a new certificate serves new connections, and those that are open stay", async () => {
  using authority = new TestAuthority();
  const used = authority.issue("used", { subject: "/CN=old" });
  await using running = await startRunningBroker(mqtts(used));
  const port = portOf(running, "mqtts");
  const open = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  open.write(packets.connect({ version: 4, clientId: "stays" }));
  await answered(open);
  assert.equal((await look(port)).name, "old");
  install(used, authority.issue("next", { subject: "/CN=new" }));
  await running.broker.reload();
  assert.equal((await look(port)).name, "new");
  open.write(packets.pingreq());
  assert.equal((await answered(open)).toString("hex"), "d000");
  assert.equal(await logged(running, /TLS files read again/), shardsUnderTest());
  open.destroy();
});

scenario("files that cannot be used change nothing, and the log says why", async () => {
  using authority = new TestAuthority();
  const used = authority.issue("used", { subject: "/CN=old" });
  await using running = await startRunningBroker(mqtts(used));
  const port = portOf(running, "mqtts");
  const other = authority.issue("other", { subject: "/CN=new" });
  const broken: readonly (readonly [() => void, RegExp])[] = [
    [() => copyFileSync(other.keyFile, used.keyFile), /is not the key of the certificate/],
    [() => writeFileSync(used.certFile, "nothing"), /expected PEM with "BEGIN CERTIFICATE"/],
  ];
  for (const [breakIt, why] of broken) {
    breakIt();
    await running.broker.reload();
    assert.equal((await look(port)).name, "old");
    assert.match(String((await running.logged()).findLast(({ level }) => level === "error")?.fields["reason"]), why);
  }
  install(used, other);
  await running.broker.reload();
  assert.equal((await look(port)).name, "new");
});

scenario("files that change are noticed without being told, and at once by SIGHUP", async () => {
  using authority = new TestAuthority();
  const used = authority.issue("used", { subject: "/CN=first" });
  const file = `${authority.folder}/akasa.yaml`;
  const keys = `cert_file: ${used.certFile}\n    key_file: ${used.keyFile}`;
  writeFileSync(file, `listeners:\n  mqtts:\n    addr: 127.0.0.1:0\n    ${keys}\n`);
  const child = akasa("start", "--config", file);
  const port = Number(/:(\d+)$/.exec(await child.line(/listening listener=mqtts/))?.[1]);
  install(used, authority.issue("second", { subject: "/CN=second", days: 7 }));
  await child.line(/TLS files read again.*expires_in_days=[67]/);
  assert.equal((await look(port)).name, "second");
  install(used, authority.issue("third", { subject: "/CN=third", days: 100 }));
  child.signal("SIGHUP");
  await child.line(/TLS files read again.*expires_in_days=(99|100)/);
  assert.equal((await look(port)).name, "third");
  await child.stop();
});

scenario("a client that asks for a host name gets the certificate that is made out to it", async () => {
  using authority = new TestAuthority();
  const certificates = ["one", "two"].map((name) => {
    const { certFile, keyFile } = authority.issue(name, { subject: `/CN=${name}`, names: `DNS:*.${name}.example` });
    return { cert_file: certFile, key_file: keyFile };
  });
  const first = authority.issue("first", { subject: "/CN=first", names: "DNS:first.example" });
  await using running = await startRunningBroker(mqtts(first, { certificates }));
  const port = portOf(running, "mqtts");
  for (const [servername, name] of [
    ["a.one.example", "one"],
    ["b.two.example", "two"],
    ["first.example", "first"],
    ["elsewhere.example", "first"],
  ]) {
    assert.equal((await look(port, { servername })).name, name);
  }
  assert.equal((await look(port)).name, "first");
});

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  scenario(`a session is resumed (${maxVersion}), with the certificate of the client, until files change`, async () => {
    using authority = new TestAuthority();
    const server = authority.server();
    const ann = authority.issue("ann", { subject: "/CN=ann" });
    const ca_file = `${authority.folder}/clients.pem`;
    copyFileSync(authority.caFile, ca_file);
    const checks = { ca_file, verify_peer: true, fail_if_no_peer_cert: true, use_identity_as_username: "cn" };
    await using running = await startRunningBroker(mqtts(server, checks));
    const port = portOf(running, "mqtts");
    const client = { maxVersion, cert: readFileSync(ann.certFile), key: readFileSync(ann.keyFile) };
    const first = await look(port, client);
    const session = first.session ?? assert.fail("the broker gives no session");
    const second = await look(port, { ...client, session });
    assert.deepEqual([first.reused, second.reused], [false, true]);
    const users = (await running.logged()).filter(({ message }) => message === "client connected");
    assert.deepEqual(
      users.map(({ fields }) => fields["userName"]),
      ["ann", "ann"],
    );
    // Another authority: who was let in by the old one must not slip in by a session of that time.
    using stranger = new TestAuthority("Stranger");
    copyFileSync(stranger.caFile, ca_file);
    await running.broker.reload();
    await assert.rejects(look(port, { ...client, session }));
    assert.deepEqual(await refusals(running), ["certificate"]);
  });
}

scenario("whoever speaks no TLS, or stops in the middle of the handshake, is closed and does no harm", async () => {
  using authority = new TestAuthority();
  await using running = await startRunningBroker(mqtts(authority.server(), { handshake_timeout_seconds: 1 }));
  const port = portOf(running, "mqtts");
  for (const first of [packets.connect({ version: 4, clientId: "plain" }), Buffer.from("1603010200", "hex")]) {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(first);
    socket.resume();
    await closed(socket);
  }
  assert.deepEqual(await refusals(running), ["tls", "timeout"]);
  assert.equal((await look(port)).name, "localhost");
});
