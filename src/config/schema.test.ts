import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { variableOf, variables } from "./environment.ts";
import { isSection, keyAt } from "./key-schema.ts";
import { configJsonSchema, configReference } from "./reference.ts";
import { configSchema } from "./schema.ts";
import { keyPaths } from "./validate.ts";

/** The words of a schema and of those in it; the names of keys, which may be any word, are not among them. */
function wordsOf(schema: unknown): Set<string> {
  const words = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [word, value] of Object.entries(node)) {
      if (!Array.isArray(node)) words.add(word);
      for (const inner of word === "properties" ? Object.values(value as object) : [value]) visit(inner);
    }
  };
  visit(schema);
  return words;
}

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
    const schema = JSON.parse(configJsonSchema());
    const words = wordsOf(schema);
    for (const word of ["noEffect", "expects", "unit", "format", "several", "secret"])
      assert.ok(!words.has(word), word);
    assert.equal(schema.properties.max_allowed_qos.default, 2);
  });
});
