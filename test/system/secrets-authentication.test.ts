import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startHttpServer } from "../kit/http-server.ts";
import {
  connectByScram,
  mosquittoPasswd,
  packets,
  prop,
  proveAgain,
  RawClient,
  ScramDialogue,
  type ScramLogin,
  temporaryFolder,
} from "../kit/mod.ts";
import { akasa } from "./akasa-process.ts";
import { expectNoSecret } from "./expect-no-secret.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";
import { secretFile } from "./secret-file.ts";

const secrets = [
  "s3cret-password",
  "wr0ng-password",
  "token-s3cret-of-thirty-two-letters",
  "b3arer-token",
  "answ3r",
  "qu3ry-secret",
  "p4th-secret",
];
const login: ScramLogin = { mechanism: "SCRAM-SHA-512", userName: "ann", password: "s3cret-password" };

/** SCRAM rightly and wrongly, on connecting and again, with the password in places where it does not belong. */
async function exerciseScram(broker: Parameters<typeof RawClient.open>[0]): Promise<void> {
  const client = await RawClient.open(broker, 5);
  assert.equal((await connectByScram(client, login)).reasonCode, 0);
  await proveAgain(client, login);
  await proveAgain(client, { ...login, password: "wr0ng-password" });
  await client.expectClosed();
  const dialogue = new ScramDialogue(login);
  for (const data of ["s3cret-password", "n,,n=s3cret-password", "n,,n=ann,r=s3cret-password,m=s3cret-password"]) {
    const confused = await RawClient.open(broker, 5);
    confused.send(packets.connect({ version: 5, clientId: "c", properties: dialogue.properties(Buffer.from(data)) }));
    await confused.next();
    confused.send(packets.auth({ reasonCode: 0x18, properties: dialogue.properties(Buffer.from(data)) }));
    await confused.expectClosed();
  }
}

scenario("no way of authentication tells the log a password, a token or a key", async () => {
  const folder = temporaryFolder("secrets");
  await using secret = await secretFile("token-s3cret-of-thirty-two-letters");
  const scram = join(folder, "scram");
  const who = ["--username", "ann", "--mechanism", "SCRAM-SHA-512"];
  const insert = akasa("insert-scram-user", "--create", "--path", scram, ...who);
  insert.feed("s3cret-password\n");
  const inserted = await insert.finished;
  assert.equal(inserted.exitCode, 0, inserted.errors);
  const mosquitto = join(folder, "mosquitto");
  await mosquittoPasswd(["-c", "-b", mosquitto, "bob", "s3cret-password"]).finished;
  const bearer = join(folder, "bearer");
  await writeFile(bearer, "b3arer-token\n");
  await using server = await startHttpServer(() => ({ status: 500, body: "answ3r" }));
  await using broker = await startRunningBroker({
    auth: { enable: true },
    authenticators: [
      { scram: { file: scram } },
      { password_file: { file: mosquitto, format: "mosquitto" } },
      { jwt: { secret_file: secret.path } },
      { http: { url: `${server.url}/p4th-secret?key=qu3ry-secret`, bearer_file: bearer } },
      { name: "keys", jwt: { keys_url: `${server.url}/p4th-secret?key=qu3ry-secret` } },
    ],
    log_level: "debug",
  });
  await exerciseScram(broker);
  const now = Math.floor(Date.now() / 1000);
  const tokens = [
    secret.token({ sub: "ann", exp: now + 60 }),
    secret.token({ sub: "ann", exp: now - 60 }),
    `${secret.token({ sub: "ann", exp: now + 60 })}x`,
    secret.token({ sub: "ann", exp: now + 60, acl: "answ3r" }),
  ];
  for (const password of [...tokens, "wr0ng-password", "s3cret-password"]) {
    for (const userName of ["ann", "bob", "eve"]) {
      const client = await RawClient.open(broker, 5);
      await client.connect({ userName, password });
    }
    const client = await RawClient.open(broker, 5);
    const data = Buffer.from(`n,,\u0001auth=Bearer ${password}\u0001\u0001`);
    const properties = [[prop.authenticationMethod, "OAUTHBEARER"] as const, [prop.authenticationData, data] as const];
    client.send(packets.connect({ version: 5, clientId: "bearer", properties }));
    await client.next("connack");
  }
  const log = JSON.stringify(await broker.logged());
  assert.ok((await broker.logged()).filter(({ message }) => message === "client refused").length > 15, log);
  assert.ok(server.requests.some(({ headers }) => headers.authorization === "Bearer b3arer-token"));
  const [, keys = ""] = (await readFile(scram, "utf8")).trim().split("$15000:");
  const signatures = tokens.map((token) => token.split(".")[2] ?? "");
  expectNoSecret(log, [...secrets, ...keys.split(/[$:]/), ...signatures]);
  expectNoSecret(inserted.output + inserted.errors, secrets);
});

scenario("a mistake in the configuration, or in a file of users, is told without the secret beside it", async () => {
  const folder = temporaryFolder("secrets");
  const file = join(folder, "akasa.yaml");
  const users = join(folder, "users");
  await writeFile(users, "ann:s3cret-password\n");
  const mistakes = [
    "scram_users:\n  ann:\n    hashed_password: s3cret-password\n    iterations: 4096\n    salt: wr0ng-password\n",
    "auth:\n  enable: true\nauthenticators:\n  - http:\n      url: https://ann:s3cret-password@example.org\n",
    `auth:\n  enable: true\nauthenticators:\n  - password_file: { file: ${users}, format: mosquitto }\n`,
    `auth:\n  enable: true\nauthenticators:\n  - scram: { file: ${users} }\n`,
    `auth:\n  enable: true\nauthenticators:\n  - jwt: { secret_file: ${users} }\n`,
    `auth:\n  enable: true\nauthenticators:\n  - jwt: { keys_file: ${users} }\n`,
  ];
  for (const mistake of mistakes) {
    await writeFile(file, `listeners:\n  mqtt:\n    addr: 127.0.0.1:0\n${mistake}`);
    const { exitCode, output, errors } = await akasa("start", "--config", file).finished;
    assert.equal(exitCode, 78, `${mistake}${output}${errors}`);
    expectNoSecret(output + errors, secrets);
  }
});
