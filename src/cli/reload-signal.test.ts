import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, it } from "node:test";

import { WorldError } from "../base/mod.ts";
import type { Broker } from "../broker/mod.ts";
import { createConfig } from "../config/mod.ts";
import { reloadOnSignal } from "./reload-signal.ts";

/** Sends SIGHUP and answers what was asked of the broker, and the line that was logged behind it. */
async function afterSignal(reloadHooks: () => Promise<void>): Promise<string[]> {
  const story: string[] = [];
  const source = new EventEmitter();
  const logged = new EventEmitter();
  const log = (message: string): void => void logged.emit("line", message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const broker = {
    reload: async () => void story.push("files"),
    reloadHooks: async (modules: readonly { module: string }[]) => {
      story.push(modules.map(({ module }) => module).join());
      await reloadHooks();
    },
  } as unknown as Broker;
  reloadOnSignal(source, {
    broker,
    load: () => ({ config: createConfig({ hooks: ["akasa:presence"] }), warnings: [] }),
    logger,
  });
  const line = once(logged, "line");
  source.emit("SIGHUP");
  const [message] = (await line) as [string];
  return [...story, message];
}

describe("SIGHUP", () => {
  it("reads files and loads the hooks that the configuration names by then", async () => {
    assert.deepEqual(await afterSignal(() => Promise.resolve()), ["files", "akasa:presence", "reloaded"]);
  });

  it("leaves the hooks as they were where a module cannot be used, and says so", async () => {
    const story = await afterSignal(() => Promise.reject(new WorldError("hook_invalid", "no such module")));
    assert.equal(story.at(-1), "hooks not loaded; those from before stay");
  });
});
