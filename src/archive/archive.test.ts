import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { WorldError } from "../base/mod.ts";
import { type ArchiveLine, archiveVersion } from "./archive-line.ts";
import { exportLines } from "./export-lines.ts";
import { importLines } from "./import-lines.ts";
import { inspectFolder } from "./inspect-folder.ts";
import type { MessageLine } from "./message-line.ts";
import { makeFolder } from "./open-folder.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

function testFolder(): { readonly path: (name: string) => string } & Disposable {
  const root = temporaryFolder("archive");
  return { path: (name) => join(root, name), [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

const head: ArchiveLine = { kind: "akasa-export", version: archiveVersion };

function session(clientId: string): ArchiveLine {
  return {
    kind: "session",
    clientId,
    expirySeconds: 100,
    offlineSince: 1_700_000_000_000,
    sentTo: 0,
    receiveMaximum: 5,
  };
}

function message(topic: string, change: Partial<MessageLine> = {}): MessageLine {
  return {
    topic,
    qos: 1,
    retain: false,
    payload: Buffer.from("payload").toString("base64"),
    properties: {},
    expirySeconds: null,
    arrived: 1_700_000_000_000,
    publisher: "p",
    ...change,
  };
}

function place(clientId: string, sequence: number): Extract<ArchiveLine, { kind: "queued" }>["places"][number] {
  return { clientId, sequence, qos: 1, retain: false, identifiers: [], shared: "" };
}

async function* texts(lines: readonly (ArchiveLine | string)[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(typeof line === "string" ? line : JSON.stringify(line));
}

async function exported(path: string): Promise<ArchiveLine[]> {
  const lines: ArchiveLine[] = [];
  for await (const line of exportLines(path)) lines.push(JSON.parse(line) as ArchiveLine);
  return lines;
}

const everything: readonly ArchiveLine[] = [
  head,
  session("a"),
  session("b"),
  { kind: "subscription", clientId: "a", filter: "$share/g/x/#", options: 0x2d, identifier: 7 },
  { kind: "will", clientId: "b", delaySeconds: 9, message: message("gone", { qos: 2, retain: true }) },
  { kind: "received", clientId: "a", packetId: 65_535 },
  {
    kind: "retained",
    message: message("kept", {
      properties: {
        payloadFormatIndicator: 1,
        contentType: "text",
        responseTopic: "r",
        userProperties: [
          ["n", "1"],
          ["n", "2"],
        ],
        correlationData: Buffer.from([0, 255]).toString("base64"),
      },
      expirySeconds: 4_000_000_000,
    }),
  },
  { kind: "queued", message: null, places: [{ ...place("a", 1), qos: 2 }] },
  {
    kind: "queued",
    message: message("one"),
    places: [{ ...place("a", 3), identifiers: [1, 2], shared: "$share/g/x/#" }],
  },
  { kind: "queued", message: message("all"), places: [place("a", 2), { ...place("b", 1), retain: true }] },
  { kind: "delayed", due: 1_700_000_100_000, message: message("later", { qos: 2, expirySeconds: 500 }) },
  { kind: "delayed", due: 0, message: message("later", { retain: true }) },
];

const sorted = (lines: readonly ArchiveLine[]): string[] => lines.map((line) => JSON.stringify(line)).toSorted();

const failsWith = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof WorldError && error.code === code && text.test(error.message);

describe("export and import", () => {
  it("bring back everything that belongs to a session, and what is retained", async () => {
    using folder = testFolder();
    const counts = await importLines(folder.path("one"), texts(everything));
    assert.deepEqual(counts, {
      sessions: 2,
      subscriptions: 1,
      queuedMessages: 4,
      retainedMessages: 1,
      delayedMessages: 2,
    });
    assert.deepEqual(sorted(await exported(folder.path("one"))), sorted(everything));
  });

  it("keep a message once that waits for many sessions", async () => {
    using folder = testFolder();
    const clients = Array.from({ length: 200 }, (_, index) => `c${index}`);
    const large = message("large", { payload: Buffer.alloc(100_000, "x").toString("base64") });
    const lines = [head, ...clients.map(session)];
    await importLines(
      folder.path("one"),
      texts([...lines, { kind: "queued", message: large, places: clients.map((client) => place(client, 1)) }]),
    );
    const { storeBytes, sessions } = await inspectFolder(folder.path("one"));
    assert.equal(sessions.length, 200);
    assert.ok(storeBytes < 2_000_000, `${storeBytes} bytes on the disk`);
    const again = (await exported(folder.path("one"))).filter(({ kind }) => kind === "queued");
    assert.equal(again.length, 1);
  });

  it("of any messages give the same lines again", async () => {
    const payload = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("base64"));
    const topic = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }).filter((text) => /^[^+#]+$/.test(text));
    const any = fc.record({
      payload,
      topic: topic.filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 20 }), async (messages) => {
        using folder = testFolder();
        const queued = messages.map((change, index): ArchiveLine => {
          return { kind: "queued", message: message("t", change), places: [place("a", index + 1)] };
        });
        await importLines(folder.path("one"), texts([head, session("a"), ...queued]));
        await importLines(folder.path("two"), exportLines(folder.path("one")));
        assert.deepEqual(await exported(folder.path("two")), [head, session("a"), ...queued]);
      }),
      { numRuns: 15 },
    );
  });

  const wrong: readonly (readonly [what: string, lines: readonly (ArchiveLine | string)[], text: RegExp])[] = [
    ["nothing", [], /^line 1: .*head line/],
    ["no head", [session("a")], /^line 1: .*head line/],
    ["a head of a later version", [{ kind: "akasa-export", version: 2 }], /^line 1: .*version 2/],
    ["no JSON", [head, "{"], /^line 2: /],
    ["an unknown kind", [head, `{"kind":"x"}`], /^line 2: .*"kind" is one of/],
    ["a field too many", [head, JSON.stringify({ ...session("a"), more: 1 })], /^line 2: is no session line/],
    ["a session twice", [head, session("a"), session("a")], /^line 3: a second session of "a"/],
    ["an unknown session", [head, { kind: "received", clientId: "z", packetId: 1 }], /^line 2: .*session line of "z"/],
    ["a wildcard in a topic", [head, { kind: "retained", message: message("a/#") }], /^line 2: .*topic name/],
  ];
  for (const [what, lines, text] of wrong) {
    it(`refuse ${what} and name the line`, async () => {
      using folder = testFolder();
      await assert.rejects(importLines(folder.path("one"), texts(lines)), failsWith("usage", text));
    });
  }

  it("never mix with data that is there", async () => {
    using folder = testFolder();
    await importLines(folder.path("one"), texts(everything));
    await assert.rejects(
      importLines(folder.path("one"), texts(everything)),
      failsWith("usage", /is a data folder already/),
    );
    assert.deepEqual(sorted(await exported(folder.path("one"))), sorted(everything));
  });
});

describe("looking into a data folder", () => {
  it("tells sessions, their queues, and what is retained", async () => {
    using folder = testFolder();
    await importLines(folder.path("one"), texts(everything));
    const { sessions, retainedMessages, retainedBytes, storeBytes } = await inspectFolder(folder.path("one"));
    assert.deepEqual(
      sessions.map(({ queuedBytes, ...others }) => [others, queuedBytes > 0]),
      [
        [
          {
            clientId: "a",
            expirySeconds: 100,
            offlineSince: 1_700_000_000_000,
            subscriptions: 1,
            queuedMessages: 3,
            unreleased: 1,
            hasWill: false,
          },
          true,
        ],
        [
          {
            clientId: "b",
            expirySeconds: 100,
            offlineSince: 1_700_000_000_000,
            subscriptions: 0,
            queuedMessages: 1,
            unreleased: 0,
            hasWill: true,
          },
          true,
        ],
      ],
    );
    assert.ok(retainedMessages === 1 && retainedBytes > 0 && storeBytes > 0);
  });

  it("makes no folder where there is none, and says so", async () => {
    using folder = testFolder();
    await assert.rejects(inspectFolder(folder.path("none")), failsWith("file_missing", /no data folder of Akasa's/));
    await assert.rejects(inspectFolder(folder.path("none")), failsWith("file_missing", /no data folder of Akasa's/));
  });

  it("says that a broker uses the folder", async () => {
    using folder = testFolder();
    const journal = await makeFolder(folder.path("one"));
    try {
      await assert.rejects(inspectFolder(folder.path("one")), failsWith("store_locked", /./));
    } finally {
      await journal.close();
    }
  });
});
