import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { variableOf, variables } from "./environment.ts";
import { isSection, keyAt } from "./key-schema.ts";
import { configJsonSchema, configReference } from "./reference.ts";
import { configSchema } from "./schema.ts";
import { keyPaths } from "./validate.ts";

describe("the schema of the configuration", () => {
  it("gives every key its own environment variable", () => {
    const settable = keyPaths(configSchema).filter((path) => {
      const key = keyAt(configSchema, path);
      return key !== undefined && !(isSection(key) && key.type === "object");
    });
    assert.equal(variables(configSchema).size, settable.length);
    assert.equal(variableOf(["listeners", "mqtt", "addr"]), "AKASA_LISTENERS_MQTT_ADDR");
  });

  it("says the unit in the name or in the schema of every number that has one", () => {
    for (const path of keyPaths(configSchema)) {
      const name = path.at(-1) ?? "";
      const unit = keyAt(configSchema, path)?.unit;
      if (name.endsWith("_seconds")) assert.equal(unit, "seconds", name);
      if (name.includes("_bytes")) assert.equal(unit, "bytes", name);
    }
  });

  it("has a row for every key in the reference", () => {
    const reference = configReference();
    for (const path of keyPaths(configSchema))
      assert.ok(reference.includes(`| \`${path.join(".")}\` |`), path.join("."));
  });

  it("becomes a JSON Schema without words that only we understand", () => {
    const text = configJsonSchema();
    for (const word of ["noEffect", "expects", '"unit"', '"format"']) assert.ok(!text.includes(word), word);
    assert.equal(JSON.parse(text).properties.max_allowed_qos.default, 2);
  });
});
