import assert from "node:assert/strict";
import { join } from "node:path";
import {
  connectByScram,
  type ConnectOptions,
  mosquittoPasswd,
  RawClient,
  type Target,
  type Version,
  temporaryFolder,
} from "../kit/mod.ts";
import { akasa } from "./akasa-process.ts";
import { passwordFile, passwordLine } from "./password-file.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const refused = { 3: 4, 4: 4, 5: 0x86 } as const;

/** The code of the CONNACK that such a client gets. */
async function answerTo(broker: Target, who: ConnectOptions, version: Version = 5): Promise<number> {
  const client = await RawClient.open(broker, version);
  const { reasonCode } = await client.connect(who);
  client.close();
  return reasonCode;
}

/** The same broker, through another of its listeners. */
function door(broker: RunningBroker, name: string): Target {
  const listener = broker.broker.listeners.find((one) => one.name === name);
  assert.ok(listener !== undefined, name);
  return { host: "127.0.0.1", port: listener.port, adopt: (client) => broker.adopt(client) };
}

scenario("of several password files the first that has the user decides", async () => {
  await using staff = await passwordFile(passwordLine("ann", "staff-secret", "sha256"));
  await using devices = await passwordFile(
    passwordLine("ann", "device-secret", "sha512"),
    passwordLine("bob", "bob-secret", "sha256"),
  );
  await using broker = await startRunningBroker({
    auth: { enable: true },
    authenticators: [
      { password_file: { file: staff.path } },
      { name: "devices", password_file: { file: devices.path } },
    ],
  });
  assert.equal(await answerTo(broker, { userName: "ann", password: "staff-secret" }), 0);
  assert.equal(await answerTo(broker, { userName: "ann", password: "device-secret" }), 0x86);
  assert.equal(await answerTo(broker, { userName: "bob", password: "bob-secret" }), 0);
  assert.equal(await answerTo(broker, { userName: "eve", password: "bob-secret" }), 0x86);
  assert.equal(await answerTo(broker, {}), 0x86);
});

scenario("a listener asks the authenticators that it names, and lets in the nameless only if it says so", async () => {
  await using staff = await passwordFile(passwordLine("ann", "secret", "sha256"));
  await using devices = await passwordFile(passwordLine("bob", "secret", "sha256"));
  await using broker = await startRunningBroker({
    listeners: {
      mqtt: [
        { addr: "127.0.0.1:0", name: "all" },
        { addr: "127.0.0.1:0", name: "devices", authenticators: ["devices"] },
        { addr: "127.0.0.1:0", name: "open", allow_anonymous: true },
      ],
    },
    auth: { enable: true, password_file: staff.path },
    authenticators: [{ name: "devices", password_file: { file: devices.path } }],
  });
  const [ann, bob] = [
    { userName: "ann", password: "secret" },
    { userName: "bob", password: "secret" },
  ];
  const wrong = { ...ann, password: "wrong" };
  for (const [name, expected] of [
    ["all", [0, 0, 0x86, 0x86]],
    ["devices", [0x86, 0, 0x86, 0x86]],
    ["open", [0, 0, 0, 0x86]],
  ] as const) {
    const codes: number[] = [];
    for (const who of [ann, bob, {}, wrong]) codes.push(await answerTo(door(broker, name), who));
    assert.deepEqual(codes, expected, name);
  }
});

for (const allow of [true, false]) {
  scenario(`auth.allow_anonymous: ${allow} holds for listeners that say nothing themselves`, async () => {
    await using users = await passwordFile(passwordLine("ann", "secret", "sha256"));
    await using broker = await startRunningBroker({
      listeners: {
        mqtt: [
          { addr: "127.0.0.1:0", name: "silent" },
          { addr: "127.0.0.1:0", name: "other", allow_anonymous: !allow },
        ],
      },
      auth: { enable: true, password_file: users.path, allow_anonymous: allow },
    });
    for (const version of [3, 4, 5] as const) {
      assert.equal(await answerTo(door(broker, "silent"), {}, version), allow ? 0 : refused[version]);
      assert.equal(await answerTo(door(broker, "other"), {}, version), allow ? refused[version] : 0);
    }
  });
}

for (const algorithm of ["sha512", "sha512-pbkdf2"]) {
  scenario(`a file of mosquitto_passwd with ${algorithm} is read as it is`, async () => {
    const folder = temporaryFolder("authenticators");
    const file = join(folder, "mosquitto.passwords");
    for (const [user, password, ...more] of [
      ["ann", "s3cret", "-c"],
      ["bob", "oth$r:pass word"],
    ] as const) {
      const { exitCode, errors } = await mosquittoPasswd(["-H", algorithm, "-b", ...more, file, user, password])
        .finished;
      assert.equal(exitCode, 0, errors);
    }
    await using broker = await startRunningBroker({
      auth: { enable: true },
      authenticators: [{ password_file: { file, format: "mosquitto" } }],
    });
    for (const version of [3, 4, 5] as const) {
      assert.equal(await answerTo(broker, { userName: "ann", password: "s3cret" }, version), 0);
      assert.equal(await answerTo(broker, { userName: "bob", password: "oth$r:pass word" }, version), 0);
      assert.equal(await answerTo(broker, { userName: "ann", password: "wrong" }, version), refused[version]);
      assert.equal(await answerTo(broker, { userName: "eve", password: "s3cret" }, version), refused[version]);
    }
  });
}

scenario("a user of akasa insert-scram-user proves the password by either mechanism, and has a name then", async () => {
  const folder = temporaryFolder("authenticators");
  const file = join(folder, "scram");
  for (const [mechanism, ...more] of [["SCRAM-SHA-256", "--create"], ["SCRAM-SHA-512"]] as const) {
    const command = akasa("insert-scram-user", "--path", file, "--username", "ann", "--mechanism", mechanism, ...more);
    command.feed("pa\u0308ss\n");
    const { exitCode, errors } = await command.finished;
    assert.equal(exitCode, 0, errors);
  }
  await using broker = await startRunningBroker({ auth: { enable: true }, authenticators: [{ scram: { file } }] });
  for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    const client = await RawClient.open(broker, 5);
    // Another way to type the same password.
    const right = { mechanism, userName: "ann", password: "p\u00e4ss" };
    assert.equal((await connectByScram(client, right, { clientId: mechanism })).reasonCode, 0);
    const wrong = await RawClient.open(broker, 5);
    assert.equal((await connectByScram(wrong, { ...right, password: "wrong" })).reasonCode, 0x86);
  }
  const reasons = (await broker.logged())
    .filter(({ message }) => message === "client refused")
    .map(({ fields }) => fields["reason"]);
  assert.deepEqual(reasons, ["the password is wrong", "the password is wrong"]);
});

scenario(
  "the users of the original's scram_users prove themselves, but not the one whose key everybody knows",
  async () => {
    const scram_users = { user: { hashed_password: "2a2a2a", iterations: 4096, salt: "73616c74" } };
    await using broker = await startRunningBroker({
      auth: { enable: true },
      sasl_mechanisms: ["SCRAM-SHA-256"],
      scram_users,
    });
    assert.ok((await broker.logged()).some(({ level, fields }) => level === "warn" && fields["user"] === "user"));
    const client = await RawClient.open(broker, 5);
    const login = { mechanism: "SCRAM-SHA-256", userName: "user", password: "***" } as const;
    assert.equal((await connectByScram(client, login)).reasonCode, 0x86);
  },
);
