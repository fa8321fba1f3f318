import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { createConfig, loadConfig } from "../src/mod.ts";
import { limitNames } from "../src/session/mod.ts";
import { anchorsOf, type CodeBlock, codeBlocksOf, linksOf, proseOf } from "./tidy/markdown.ts";
import { sourceFiles } from "./tidy/source-tree.ts";
import { temporaryFolder } from "./kit/temporary-folder.ts";

const root = join(import.meta.dirname, "..");
const pages = sourceFiles().filter(({ path }) => path.endsWith(".md"));
const blocks = pages.flatMap((page) => codeBlocksOf(page.path, page.text));
/** Every key, as the generated reference names it. */
const keys = Array.from(textOf("docs/reference/config.md").matchAll(/^\| `([\w.]+)` \|/gm), ([, key = ""]) => key);
const main = join(root, "src/cli/main.ts");
/** A call of the command: its name, and what follows. */
const commandCall = /(?:^|[\s|`])(?:akasa|(?:npx )?node bin\/akasa\.js) ([a-z][a-z-]*)([^|>`\n]*)/g;

function textOf(path: string): string {
  return pages.find((page) => page.path === path)?.text ?? assert.fail(`${path} is missing`);
}

async function runNode(args: readonly string[]): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, output: stdout + stderr };
}

describe("links between pages", () => {
  const links = pages.flatMap((page) => linksOf(page.text).map((link) => ({ from: page.path, link })));

  it("lead to files that exist", () => {
    const broken = links.filter(({ from, link }) => {
      const target = join(dirname(from), link.split("#")[0] ?? "");
      return !link.startsWith("#") && !existsSync(join(root, target));
    });
    assert.deepEqual(broken, []);
    assert.ok(links.length > 50, `only ${links.length} links were found`);
  });

  it("lead to headings that exist", () => {
    const broken = links.filter(({ from, link }) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? from : join(dirname(from), file);
      if (anchor === undefined || !target.endsWith(".md")) return false;
      return !anchorsOf(textOf(target)).includes(anchor);
    });
    assert.deepEqual(broken, []);
  });
});

describe("configurations in the documentation", () => {
  for (const [index, { from, code }] of blocks.filter(({ info }) => info === "yaml config").entries()) {
    it(`can be started as they are: number ${index + 1}, in ${from}`, () => {
      const file = join(temporaryFolder("docs"), "akasa.yaml");
      writeFileSync(file, code);
      assert.deepEqual(loadConfig({ file, env: {} }).warnings, []);
    });
  }

  it("name only keys that exist, also in running text", () => {
    const known = new Set([...keys.flatMap((key) => [key, key.split(".").at(-1)]), ...limitNames]);
    const named = pages
      .filter(({ path }) => path.startsWith("docs/guide/"))
      .flatMap(({ path, text: page }) => keysNamedIn(page).map((key) => ({ path, key })));
    assert.deepEqual(
      named.filter(({ key }) => !known.has(key)),
      [],
    );
    assert.ok(named.length > 60, `only ${named.length} keys were found`);
  });

  it("name every limit that is counted, and none that is not", () => {
    const page = textOf("docs/guide/limits.md");
    for (const name of limitNames) assert.ok(page.includes(`\`${name}\``) || page.includes(`{limit="${name}"}`), name);
    const named = Array.from(page.matchAll(/\{limit="(\w+)"\}/g), ([, name = ""]) => name);
    assert.deepEqual(
      named.filter((name) => !limitNames.includes(name)),
      [],
    );
  });

  it("name only environment variables that set a key", () => {
    const known = new Set(keys.map((key) => `AKASA_${key.replaceAll(".", "_").toUpperCase()}`));
    const named = pages
      .filter(({ path }) => /^(?:README|docs\/)/.test(path))
      .flatMap(({ path, text: page }) =>
        Array.from(page.matchAll(/\bAKASA_[A-Z_]*[A-Z]\b/g), ([variable]) => ({ path, variable })),
      );
    assert.deepEqual(
      named.filter(({ variable }) => !known.has(variable)),
      [],
    );
    assert.ok(named.length > 5, `only ${named.length} variables were found`);
  });
});

/** Words in backticks that look like a key of the configuration: below a section, or with an underscore. */
function keysNamedIn(page: string): string[] {
  const words = Array.from(proseOf(page).matchAll(/`([a-z][a-z0-9_.]*)(?:: [^`]*)?`/g), ([, word = ""]) => word);
  const below = /^(?:listeners|auth|hook)\./;
  const known = /^(?:akasa_|nodejs_|process_|round_robin|least_inflight)/;
  return words.filter((word) => below.test(word) || (word.includes("_") && !known.test(word) && !isDropReason(word)));
}

function isDropReason(word: string): boolean {
  return textOf("docs/reference/metrics.md").includes(` ${word},`) || word === "retained_limit";
}

describe("commands in the documentation", () => {
  const used = blocks.flatMap(commandsOf).concat(pages.flatMap(({ path, text: page }) => inlineCommandsOf(path, page)));
  const help = new Map<string, string>();
  let overview = "";

  before(async () => {
    overview = (await runNode([main, "--help"])).output;
    const names = new Set(used.map(({ command }) => command));
    await Promise.all([...names].map(async (name) => help.set(name, (await runNode([main, name, "--help"])).output)));
  });

  it("exist", () => {
    assert.ok(used.length > 20, `only ${used.length} commands were found`);
    const known = new Set([...overview.matchAll(/^ {2}([a-z-]+) [[<]/gm)].map(([, name]) => name));
    assert.deepEqual(
      used.filter(({ command }) => !known.has(command)),
      [],
    );
  });

  it("have the options that are shown", () => {
    const unknown = used.flatMap(({ from, command, options }) =>
      options
        .filter((option) => !new RegExp(`(?:^|[\\s,])${option}(?=[\\s,<]|$)`, "m").test(help.get(command) ?? ""))
        .map((option) => `${from}: akasa ${command} ${option}`),
    );
    assert.deepEqual(unknown, []);
  });
});

interface UsedCommand {
  readonly from: string;
  readonly command: string;
  readonly options: readonly string[];
}

function commandsOf({ from, info, code }: CodeBlock): UsedCommand[] {
  if (info !== "sh" && info !== "") return [];
  return [...code.replaceAll("npm start --", "akasa start").matchAll(commandCall)].map((call) => commandOf(from, call));
}

function inlineCommandsOf(from: string, page: string): UsedCommand[] {
  const inline = [...proseOf(page).matchAll(/`((?:akasa|(?:npx )?node bin\/akasa\.js) [a-z][^`]*)`/g)];
  return inline.flatMap(([, line = ""]) => [...line.matchAll(commandCall)].map((call) => commandOf(from, call)));
}

function commandOf(from: string, [, command = "", rest = ""]: RegExpExecArray): UsedCommand {
  // What stands in quotes is a value, whatever it looks like.
  const words = rest.replaceAll(/'[^']*'|"[^"]*"/g, "").split(/\s+/);
  const options = words.map((word) => word.split("=")[0] ?? "").filter((word) => /^--?[a-zA-Z][\w-]*$/.test(word));
  return { from, command, options };
}

describe("programs in the documentation", () => {
  const programs = blocks.filter(({ info }) => info === "ts");
  const folder = temporaryFolder("docs");
  after(() => assert.ok(programs.length >= 3, `only ${programs.length} programs were found`));

  for (const [index, { from, code }] of programs.entries()) {
    it(`run to their end: number ${index + 1}, in ${from}`, async () => {
      const file = join(folder, `program-${index}.ts`);
      const entry = pathToFileURL(join(root, "src/mod.ts")).href;
      writeFileSync(file, code.replace('from "akasa"', `from ${JSON.stringify(entry)}`));
      const { code: exitCode, output } = await runNode([file]);
      assert.equal(exitCode, 0, output);
    });
  }
});

describe("docs/guide/limits.md", () => {
  /** What a unit multiplies. */
  const units = new Map([
    ["", 1],
    ["KiB", 1024],
    ["MiB", 1024 ** 2],
    ["GiB", 1024 ** 3],
    ["days", 86_400],
  ]);
  const rows = [...textOf("docs/guide/limits.md").matchAll(/^\| `(\w+)` \| (\d+)(?: (KiB|MiB|GiB|days))?\b/gm)];

  it("tells the defaults that hold", () => {
    const defaults = new Map<string, unknown>(Object.entries(createConfig({})));
    for (const [row, key = "", count, unit = ""] of rows) {
      if (defaults.has(key)) assert.equal(Number(count) * (units.get(unit) ?? 0), defaults.get(key), row);
    }
    assert.ok(rows.length > 30, `only ${rows.length} rows were found`);
  });
});

describe("README-CN.md", () => {
  it("has the code of README.md", () => {
    assert.deepEqual(codeBlocksOf("", textOf("README-CN.md")), codeBlocksOf("", textOf("README.md")));
  });

  it("has the links of README.md", () => {
    const between = /^README(?:-CN)?\.md$/;
    const linked = (path: string): string[] =>
      linksOf(textOf(path))
        .filter((link) => !between.test(link))
        .toSorted();
    assert.deepEqual(linked("README-CN.md"), linked("README.md"));
  });
});
