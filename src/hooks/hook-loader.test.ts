import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { loadHookModules } from "./hook-loader.ts";
import type { Message } from "./hook-events.ts";
import type { HookBroker } from "./hook-broker.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

let generation = 0;

/** Loads one module and answers the payload that its `beforePublish` gives a message. */
async function payloadBy(from: string, module: string, options?: Record<string, unknown>): Promise<unknown> {
  const reference = options === undefined ? { module, from } : { module, from, options };
  const [loaded] = await loadHookModules([reference], `test-${++generation}`);
  const message = { payload: "" };
  await loaded?.hooks.beforePublish?.(message as unknown as Message, null as unknown as HookBroker);
  return message.payload;
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder("hooks");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const sets = (payload: string): string => `{ beforePublish(message) { message.payload = ${payload}; } }`;

describe("a module of hooks", () => {
  it("is found from the folder of the configuration, in TypeScript, ECMAScript and CommonJS", async () => {
    const folder = folderWith({
      "typed.ts": `export const hooks = { beforePublish(message: { payload: string }): void { message.payload = "ts"; } };`,
      "sub/plain.js": `export default ${sets(`"js"`)};`,
      "package.json": `{ "type": "module" }`,
      "old.cjs": `module.exports = ${sets(`"cjs"`)};`,
    });
    assert.equal(await payloadBy(folder, "./typed.ts"), "ts");
    assert.equal(await payloadBy(folder, "./sub/plain.js"), "js");
    assert.equal(await payloadBy(folder, "./old.cjs"), "cjs");
    assert.equal(await payloadBy(tmpdir(), join(folder, "typed.ts")), "ts");
  });

  it("may be a package that is installed there, also one for import only", async () => {
    const folder = folderWith({
      "node_modules/my-hooks/package.json": `{ "name": "my-hooks", "type": "module", "exports": { "import": "./x.js" } }`,
      "node_modules/my-hooks/x.js": `export const hooks = ${sets(`"package"`)};`,
    });
    assert.equal(await payloadBy(folder, "my-hooks"), "package");
  });

  it("may export a function, which gets the options", async () => {
    const folder = folderWith({ "made.mjs": `export default async ({ text }) => (${sets("text")});` });
    assert.equal(await payloadBy(folder, "./made.mjs", { text: "given" }), "given");
  });

  it("imports akasa, wherever it lies", async () => {
    const folder = folderWith({
      "typed.ts": `import { defineHooks } from "akasa"; export const hooks = defineHooks(${sets(`"with akasa"`)});`,
    });
    assert.equal(await payloadBy(folder, "./typed.ts"), "with akasa");
  });

  it("is loaded anew with what it imports by a relative path, each time", async () => {
    const folder = folderWith({
      "main.mjs": `import { text } from "./inner.mjs"; export const hooks = ${sets("text")};`,
      "inner.mjs": `export const text = "before";`,
      "old.cjs": `module.exports = ${sets(`"before"`)};`,
    });
    assert.equal(await payloadBy(folder, "./main.mjs"), "before");
    assert.equal(await payloadBy(folder, "./old.cjs"), "before");
    writeFileSync(join(folder, "inner.mjs"), `export const text = "after";`);
    writeFileSync(join(folder, "old.cjs"), `module.exports = ${sets(`"after"`)};`);
    assert.equal(await payloadBy(folder, "./main.mjs"), "after");
    assert.equal(await payloadBy(folder, "./old.cjs"), "after");
  });

  for (const [what, files, module, told] of [
    ["that is not there", {}, "./none.ts", /^hooks: \.\/none\.ts: .*find/],
    ["that throws", { "x.mjs": `throw new Error("no licence");` }, "./x.mjs", /^hooks: \.\/x\.mjs: no licence$/],
    ["that exports nothing", { "x.mjs": "" }, "./x.mjs", /gives no hooks/],
    [
      "with a misspelled hook",
      { "x.mjs": "export default { beforePublsh() {} };" },
      "./x.mjs",
      /beforePublsh is no hook/,
    ],
    ["with a hook that is no function", { "x.mjs": "export default { deliver: 7 };" }, "./x.mjs", /deliver is not a/],
    ["that Akasa does not ship", {}, "akasa:nothing", /there are audit-log, auto-subscribe/],
  ] as const) {
    it(`${what} is told with its name`, async () => {
      await assert.rejects(payloadBy(folderWith(files), module), { code: "hook_invalid", message: told });
    });
  }

  it("that takes no options must not be given any", async () => {
    const folder = folderWith({ "x.mjs": `export default ${sets("1")};` });
    await assert.rejects(payloadBy(folder, "./x.mjs", { a: 1 }), { code: "hook_invalid", message: /has options/ });
  });

  for (const [name, options, told] of [
    ["topic-rewrite", { rules: [] }, /rules: expected a list/],
    ["topic-rewrite", { rules: [{ filter: "a#", to: "b" }] }, /filter: expected a topic filter/],
    ["auto-subscribe", { subscriptions: [{ filter: "a", qos: 3 }] }, /qos: expected a whole number from 0 to 2/],
    ["delayed-publish", { seconds: 1 }, /there is no option seconds; there are secondsMax/],
    ["payload-schema", { schemas: [{ filter: "a" }] }, /schema: expected a JSON Schema/],
    ["presence", { qos: "1" }, /qos: expected/],
    ["audit-log", { publish: 1 }, /publish: expected true or false/],
  ] as const) {
    it(`akasa:${name} tells what is wrong in its options: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(payloadBy(".", `akasa:${name}`, options), { code: "hook_invalid", message: told });
    });
  }
});
