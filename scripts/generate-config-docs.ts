import { configJsonSchema, configReference } from "../src/config/mod.ts";

/** The generated files about the configuration: path from the root of the repository to content. */
export function configDocs(): Map<string, string> {
  return new Map([
    ["docs/reference/config.md", configReference()],
    ["docs/reference/config.schema.json", configJsonSchema()],
  ]);
}
