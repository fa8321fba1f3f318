import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Declaration, interfacesOf, type Member } from "./read-declarations.ts";

const folder = join(import.meta.dirname, "../src/hooks");

const lifecycle = new Set(["name", "start", "stop", "handOver", "takeOver"]);

/** The generated file about the hooks, read from their types: path from the root of the repository to content. */
export function hooksDocs(): Map<string, string> {
  return new Map([["docs/reference/hooks.md", hooksReference()]]);
}

function hooksReference(): string {
  const hooks = read("hooks.ts").find(({ name }) => name === "Hooks");
  if (hooks === undefined) throw new Error("there is no interface Hooks in src/hooks/hooks.ts");
  const points = hooks.members.filter(({ name }) => !lifecycle.has(name));
  const lines = [
    "# Hooks",
    "",
    "Generated from the types in `src/hooks` by `npm run docs`; do not edit. [The guide](../guide/hooks.md) says how to write hooks.",
    "",
    hooks.doc.text,
    "",
    "## Points",
    "",
    "A point whose hook may answer a promise lets its connection wait, for `hook.timeout_seconds` at most; observers are",
    "told, and nothing waits for what they answer.",
    "",
    "| Hook | When it runs | May change | Its failure |",
    "|---|---|---|---|",
    ...points.map(row),
    "",
    "## Types of the points",
    "",
    "```text",
    ...points.map(({ text }) => `${text};`),
    "```",
    "",
    "## Coming and going",
    "",
    ...hooks.members.filter(({ name }) => lifecycle.has(name)).map((member) => item(member)),
  ];
  const chapters: readonly (readonly [title: string, file: string])[] = [
    ["Events", "hook-events.ts"],
    ["Clients", "hook-client.ts"],
    ["Answers", "hook-verdict.ts"],
    ["Actions", "hook-broker.ts"],
  ];
  for (const [title, file] of chapters) {
    lines.push("", `## ${title}`);
    for (const declaration of read(file)) lines.push("", ...describe(declaration));
  }
  return `${lines.join("\n")}\n`;
}

function read(file: string): Declaration[] {
  return interfacesOf(readFileSync(join(folder, file), "utf8"));
}

function row({ name, doc }: Member): string {
  const cells = [`\`${name}\``, doc.text, doc.tags.get("change") ?? "", doc.tags.get("failure") ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function describe({ name, extends: parent, doc, members }: Declaration): string[] {
  const more = parent === "" ? "" : ` Also what \`${parent}\` has.`;
  return [`### ${name}`, "", `${doc.text}${more}`, "", ...members.map((member) => item(member))];
}

function item({ text, doc }: Member): string {
  const failure = doc.tags.get("failure");
  const said = [doc.text, failure === undefined ? "" : `Its failure: ${failure}`].filter((part) => part !== "");
  return `* \`${text}\`${said.length === 0 ? "" : `: ${said.join(" ")}`}`;
}
