import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import {
  mosquittoPub,
  mosquittoSub,
  run,
  SkipTest,
  TestAuthority,
  type TestCertificate,
  uniqueName,
} from "../kit/mod.ts";
import { portOf } from "./listener-port.ts";
import { connectedFields, refusals } from "./log-line.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const openssl = "/usr/bin/openssl";

/** Keys of a listener with a certificate of its own. */
function serverKeys(authority: TestAuthority): { addr: string; cert_file: string; key_file: string } {
  const { certFile, keyFile } = authority.server();
  return { addr: "127.0.0.1:0", cert_file: certFile, key_file: keyFile };
}

/** Keys of a listener that checks clients. */
function checkingKeys(
  authority: TestAuthority,
): ReturnType<typeof serverKeys> & { ca_file: string; verify_peer: true } {
  return { ...serverKeys(authority), ca_file: authority.caFile, verify_peer: true };
}

/** Arguments of mosquitto's clients that come with a certificate. */
function withCertificate(authority: TestAuthority, certificate: TestCertificate | null): string[] {
  const own = certificate === null ? [] : ["--cert", certificate.certFile, "--key", certificate.keyFile];
  return ["-h", "localhost", "--cafile", authority.caFile, ...own];
}

for (const version of ["1.2", "1.3"]) {
  scenario(`openssl s_client agrees on TLS ${version} and finds the certificate valid`, async () => {
    if (!existsSync(openssl)) throw new SkipTest("openssl is not installed (Debian package openssl)");
    using authority = new TestAuthority();
    await using running = await startRunningBroker({ listeners: { mqtts: serverKeys(authority) } });
    const where = ["-connect", `127.0.0.1:${portOf(running, "mqtts")}`, "-verify_hostname", "localhost"];
    const client = run(openssl, [
      "s_client",
      ...where,
      "-CAfile",
      authority.caFile,
      `-tls${version.replace(".", "_")}`,
    ]);
    client.feed("");
    const { output, errors } = await client.finished;
    assert.match(output + errors, /Verify return code: 0 \(ok\)|Verification: OK/);
    assert.match(output, new RegExp(`TLSv${version}`));
  });
}

scenario("a listener that wants TLS 1.3 refuses older versions", async () => {
  if (!existsSync(openssl)) throw new SkipTest("openssl is not installed (Debian package openssl)");
  using authority = new TestAuthority();
  const mqtts = { ...serverKeys(authority), tls_version_min: "TLSv1.3" } as const;
  await using running = await startRunningBroker({ listeners: { mqtts } });
  const client = run(openssl, ["s_client", "-connect", `127.0.0.1:${portOf(running, "mqtts")}`, "-tls1_2"]);
  client.feed("");
  const { output, errors } = await client.finished;
  assert.match(output + errors, /alert protocol version|Cipher is \(NONE\)/);
  assert.deepEqual(await refusals(running), ["tls"]);
});

scenario("mosquitto's clients with certificates are the users that these name, without a password", async () => {
  using authority = new TestAuthority();
  const subject = "/C=DE/O=Example, Inc./CN=ann";
  const ann = authority.issue("ann", { subject, names: "DNS:ann.example,URI:urn:device:7" });
  const mqtts = (["cn", "dn", "san"] as const).map((part) => ({
    ...checkingKeys(authority),
    name: part,
    fail_if_no_peer_cert: true,
    use_identity_as_username: part,
  }));
  const auth = { enable: true, password_file: emptyPasswordFile(authority) };
  await using running = await startRunningBroker({ listeners: { mqtts }, auth });
  const who = withCertificate(authority, ann);
  for (const [part, userName] of [
    ["cn", "ann"],
    ["dn", "CN=ann,O=Example\\, Inc.,C=DE"],
    ["san", "ann.example"],
  ] as const) {
    const port = ["-p", `${portOf(running, part)}`];
    const ids = [uniqueName("sub"), uniqueName("pub")] as const;
    await using reader = mosquittoSub([...who, ...port, "-i", ids[0], "-t", "a", "-C", "1", "-d"]);
    await reader.line(/Subscribed/);
    const sent = await mosquittoPub([...who, ...port, "-i", ids[1], "-t", "a", "-m", part, "-u", "root"]).finished;
    assert.equal(sent.exitCode, 0, sent.errors);
    assert.match((await reader.finished).output, new RegExp(`^${part}$`, "m"));
    for (const id of ids) assert.equal((await connectedFields(running, id))["userName"], userName);
  }
});

scenario("with match_client_id a certificate lets in its own client identifier and no other", async () => {
  using authority = new TestAuthority();
  const ann = authority.issue("ann", { subject: "/CN=ann" });
  const nameless = authority.issue("nameless", { subject: "/O=Example" });
  const mqtts = { ...checkingKeys(authority), use_identity_as_username: "cn" } as const;
  const authenticators = [{ client_certificate: { match_client_id: true } }];
  await using running = await startRunningBroker({ listeners: { mqtts }, auth: { enable: true }, authenticators });
  const publish = (id: string, certificate: TestCertificate | null, version: string) => {
    const who = [...withCertificate(authority, certificate), "-p", `${portOf(running, "mqtts")}`, "-V", version];
    return mosquittoPub([...who, "-i", id, "-t", "a", "-m", "x", "-q", "1"]).finished;
  };
  assert.equal((await publish("ann", ann, "5")).exitCode, 0);
  assert.equal((await connectedFields(running, "ann"))["userName"], "ann");
  for (const [certificate, version, told] of [
    [ann, "5", /Client Identifier not valid/],
    [ann, "311", /identifier rejected/],
    // A certificate that names nobody, or none, is no proof.
    [nameless, "5", /Bad user name or password/i],
    [null, "5", /Bad user name or password/i],
  ] as const) {
    const { exitCode, errors } = await publish("bob", certificate, version);
    assert.notEqual(exitCode, 0);
    assert.match(errors, told);
  }
  assert.equal((await running.logged()).filter(({ message }) => message === "client connected").length, 1);
});

scenario("who has no certificate, one of others, an expired or a revoked one stays outside", async () => {
  using authority = new TestAuthority();
  using stranger = new TestAuthority("Stranger");
  const revoked = authority.issue("revoked", { subject: "/CN=bob" });
  const good = authority.issue("good", { subject: "/CN=ann" });
  const crl_file = authority.revoke("crl", revoked);
  const mqtts = { ...checkingKeys(authority), crl_file, fail_if_no_peer_cert: true };
  await using running = await startRunningBroker({ listeners: { mqtts } });
  const outsiders = [null, stranger.issue("ann", { subject: "/CN=ann" }), authority.expired("expired", "ann"), revoked];
  const port = ["-p", `${portOf(running, "mqtts")}`];
  const publish = (certificate: TestCertificate | null) =>
    mosquittoPub([...withCertificate(authority, certificate), ...port, "-t", "a", "-m", "x", "-q", "1"]).finished;
  for (const outsider of outsiders) assert.notEqual((await publish(outsider)).exitCode, 0);
  assert.equal((await publish(good)).exitCode, 0);
  assert.deepEqual(new Set(await refusals(running)), new Set(["certificate"]));
  assert.equal((await running.logged()).filter(({ message }) => message === "client connected").length, 1);
});

scenario("where a certificate is checked but not demanded, a client without one is an ordinary client", async () => {
  using authority = new TestAuthority();
  using stranger = new TestAuthority("Stranger");
  const mqtts = { ...checkingKeys(authority), use_identity_as_username: "cn" } as const;
  await using running = await startRunningBroker({ listeners: { mqtts } });
  const port = ["-p", `${portOf(running, "mqtts")}`];
  const publish = (id: string, certificate: TestCertificate | null) =>
    mosquittoPub([...withCertificate(authority, certificate), ...port, "-i", id, "-t", "a", "-m", "x"]).finished;
  assert.equal((await publish("without", null)).exitCode, 0);
  assert.equal((await connectedFields(running, "without"))["userName"], null);
  assert.notEqual((await publish("wrong", stranger.issue("ann", { subject: "/CN=ann" }))).exitCode, 0);
});

function emptyPasswordFile({ folder }: TestAuthority): string {
  const file = `${folder}/passwords`;
  writeFileSync(file, "");
  return file;
}
