import { variableOf } from "./environment.ts";
import { expectation } from "./expectation.ts";
import { isSection, itemOf, type KeySchema, type KeySchemas, sentence } from "./key-schema.ts";
import { dotted } from "./problem.ts";
import { chapters, configSchema } from "./schema.ts";

/** The reference of all keys, in Markdown. */
export function configReference(): string {
  const lines = [
    "# Configuration",
    "",
    "Generated from the schema by `npm run docs`; do not edit.",
    "",
    "`akasa start --config FILE` reads a YAML file with these keys; each may be left out. `akasa default-config` prints",
    "one with all defaults and explanations, `akasa check-config FILE` checks one without starting anything. An",
    "environment variable goes over the file, its value read as YAML: `AKASA_LISTENERS_HTTP_ADDR=127.0.0.1:8881`,",
    "`AKASA_LISTENERS_MQTT=null`. Anything that is not a key, has the wrong type or is out of range is an error that names",
    "the line, what was expected and the nearest key; all errors are listed, nothing is started and the exit code is 78.",
    "A file of the Rust original is accepted as it is: every key it has is one of these.",
  ];
  for (const chapter of chapters) {
    lines.push("", `## ${chapter.title}`, "", "| Key | Takes | Default | Meaning |", "|---|---|---|---|");
    lines.push(...rows(chapter.keys, []));
  }
  return `${lines.join("\n")}\n`;
}

function rows(keys: KeySchemas, path: readonly string[]): string[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const here = [...path, name];
    const inner = isSection(key) ? rows(key.properties, here) : entryRows(key, here);
    return [row(here, key), ...inner];
  });
}

function entryRows(key: KeySchema, path: readonly string[]): string[] {
  const entry = key.additionalProperties;
  if (typeof entry === "object" && isSection(entry)) return rows(entry.properties, [...path, "NAME"]);
  const item = itemOf(key);
  return item !== undefined && isSection(item) ? rows(item.properties, [...path, "NUMBER"]) : [];
}

function row(path: readonly string[], key: KeySchema): string {
  const several = key.several === true ? ", list of such sections" : "";
  const takes = isSection(key) ? (key.type === "object" ? "section" : `section${several} or null`) : expectation(key);
  const fallback = key.default === undefined ? "must be given" : `\`${JSON.stringify(key.default)}\``;
  const noEffect = key.noEffect === undefined ? "" : ` Accepted without effect: ${sentence(key.noEffect)}.`;
  const meaning = `${sentence(key.description)}${noEffect}`;
  return `| \`${dotted(path)}\` | ${takes} | ${fallback} | ${meaning} |`.replaceAll("`{}`", "");
}

/** The schema as a JSON Schema file, for editors. */
export function configJsonSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Akasa",
    ...jsonSchema(configSchema, []),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function jsonSchema(key: KeySchema, path: readonly string[]): Record<string, unknown> {
  const {
    description,
    noEffect,
    expects: _,
    format: __,
    unit,
    properties,
    additionalProperties,
    required,
    several,
    secret: ___,
    items,
    ...rest
  } = key;
  const item = itemOf(key);
  if (several === true && item !== undefined) {
    const one = jsonSchema({ ...key, several: false }, path);
    return {
      description: sentence(description),
      anyOf: [one, { type: "array", items: jsonSchema(item, [...path, "*"]) }],
    };
  }
  const out: Record<string, unknown> = { description: sentence(description), ...rest };
  if (items !== undefined) out["items"] = item === undefined ? items : jsonSchema(item, [...path, "*"]);
  if (unit !== undefined) out["description"] = `${sentence(description)} In ${unit}.`;
  if (noEffect !== undefined)
    Object.assign(out, { deprecated: true, description: `No effect: ${sentence(noEffect)}.` });
  if (properties !== undefined) {
    const entries = Object.entries(properties).map(([name, inner]) => [name, jsonSchema(inner, [...path, name])]);
    out["properties"] = Object.fromEntries(entries);
    if (required !== undefined && required.length > 0) out["required"] = required;
  } else if (!path.includes("*")) {
    out["$comment"] = `environment: ${variableOf(path)}`;
  }
  if (typeof additionalProperties === "object") {
    out["additionalProperties"] = jsonSchema(additionalProperties, [...path, "*"]);
  } else if (additionalProperties !== undefined) {
    out["additionalProperties"] = additionalProperties;
  }
  return out;
}
