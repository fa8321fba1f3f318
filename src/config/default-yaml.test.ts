import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { defaultYaml } from "./default-yaml.ts";
import { defaultConfig, loadConfig } from "./load-config.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

function loadText(text: string) {
  const file = join(temporaryFolder("config"), "default.yaml");
  writeFileSync(file, text);
  return loadConfig({ file, env: {} });
}

describe("the default configuration file", () => {
  for (const allowAnonymous of [false, true]) {
    it(`loads without warnings and equals the defaults (allow anonymous: ${allowAnonymous})`, () => {
      const { config, warnings } = loadText(defaultYaml({ allowAnonymous }));
      assert.deepEqual(config, defaultConfig());
      assert.deepEqual(warnings, []);
    });
  }

  it("is refused, until someone decides about passwords, once its address is open to others", () => {
    const text = defaultYaml({ allowAnonymous: false }).replace("addr: 127.0.0.1:1883", "addr: 0.0.0.0:1883");
    assert.throws(() => loadText(text), /auth\.enable: missing/);
  });

  it("starts on an open address if it was asked to allow everyone", () => {
    const text = defaultYaml({ allowAnonymous: true }).replace("addr: 127.0.0.1:1883", "addr: 0.0.0.0:1883");
    assert.partialDeepStrictEqual(loadText(text).config.listeners.mqtt, { addr: "0.0.0.0:1883" });
  });

  it("explains every key that it has", () => {
    const lines = defaultYaml({ allowAnonymous: true }).split("\n");
    for (const [index, line] of lines.entries()) {
      if (/^ *\w+:/.test(line)) assert.match(lines[index - 1] ?? "", /^ *# /, `no comment above "${line}"`);
    }
  });

  it("fits into 100 columns", () => {
    for (const line of defaultYaml({ allowAnonymous: false }).split("\n")) assert.ok(line.length <= 100, line);
  });
});
