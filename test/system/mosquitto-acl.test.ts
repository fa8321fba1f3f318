import assert from "node:assert/strict";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { explain, readRuleFile, type RuleSet, type Subject } from "../../src/access/mod.ts";
import { topicName } from "../../src/protocol/mod.ts";
import { type Mosquitto, RawClient, startMosquitto, type Target, temporaryFolder } from "../kit/mod.ts";
import { scenario } from "./scenario.ts";

const seed = 20_260_203;
const files = 12;

const level = fc.constantFrom("a", "b", "c1", "ann", "+", "%c", "%u", "x%c", "$z");
const made = fc
  .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"));
// Much meets much, so that the order of the rules matters.
const topic = fc.oneof(made, fc.constantFrom("#", "+", "a/#", "%c", "a", "$z/#"));
const access = fc.constantFrom("read ", "write ", "readwrite ", "deny ", "");
const line = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(access, topic).map(([how, what]) => `topic ${how}${what}`) },
  { weight: 3, arbitrary: fc.tuple(access, topic).map(([how, what]) => `pattern ${how}${what}`) },
  { weight: 2, arbitrary: fc.constantFrom("user ann", "user bob", "", "# nothing") },
);

const clients = [
  { clientId: "c1", userName: "ann" },
  { clientId: "ann", userName: "bob" },
  { clientId: "b", userName: null },
  { clientId: "a+", userName: "ann" },
] as const;

const topics = ["a", "b", "c1", "ann", "xc1", "a/b", "c1/ann", "ann/b", "a/c1/b", "xann/b", "$z", "$z/a", "$z/c1"];

function ours(rules: RuleSet, client: (typeof clients)[number], action: "publish" | "receive", name: string): boolean {
  const subject: Subject = { ...client, groups: [], address: "127.0.0.1", listener: "mqtt" };
  return explain(rules, subject, { action, topic: topicName(name) }, "deny").allowed;
}

/** What mosquitto lets the client do: the topics it may publish to, and those it gets messages of. */
async function theirs(broker: Target, root: RawClient, client: (typeof clients)[number]): Promise<string[]> {
  const { clientId, userName } = client;
  const connection = await RawClient.connected(broker, 5, userName === null ? { clientId } : { clientId, userName });
  const may: string[] = [];
  for (const name of topics) {
    const { reasonCode } = await connection.publishAcked(name, "x");
    if (reasonCode < 0x80) may.push(`publish ${name}`);
  }
  for (const filter of ["#", "$z/#"]) await connection.subscribe(filter);
  for (const name of topics) await root.publishAcked(name, "x");
  // What was published before it stands before the answer.
  await connection.ping();
  for (const packet of connection.drain()) {
    if (packet.type === "publish") may.push(`receive ${packet.topic}`);
  }
  await connection.disconnect();
  return may.toSorted();
}

scenario(
  `ACL files of mosquitto mean the same to us (${files} files, seed ${seed})`,
  async () => {
    const folder = temporaryFolder("mosquitto-acl");
    // Started by root, mosquitto goes on as a user of its own.
    await chmod(folder, 0o755);
    try {
      for (const [index, lines] of fc
        .sample(fc.array(line, { minLength: 6, maxLength: 16 }), { seed, numRuns: files })
        .entries()) {
        const file = join(folder, `${index}.acl`);
        const text = `${lines.join("\n")}\nuser root\ntopic #\ntopic $z/#\n`;
        await writeFile(file, text, { mode: 0o644 });
        await compare(file, text);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  { within: 120_000 },
);

async function compare(file: string, text: string): Promise<void> {
  const rules = readRuleFile(file, "mosquitto");
  const mosquitto: Mosquitto = await startMosquitto([`acl_file ${file}`]);
  const broker: Target = { ...mosquitto, adopt: () => {} };
  try {
    const root = await RawClient.connected(broker, 5, { clientId: "root", userName: "root" });
    for (const client of clients) {
      const expected = (["publish", "receive"] as const).flatMap((action) =>
        topics.filter((name) => ours(rules, client, action, name)).map((name) => `${action} ${name}`),
      );
      const got = await theirs(broker, root, client);
      assert.deepEqual(expected.toSorted(), got, `${JSON.stringify(client)} with\n${text}`);
    }
    root.close();
  } finally {
    await mosquitto.stop();
  }
}
