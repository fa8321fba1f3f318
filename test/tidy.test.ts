import assert from "node:assert/strict";
import { basename, dirname } from "node:path/posix";
import { describe, it } from "node:test";
import { testFilesOf, testGroups, isTestGroup } from "../scripts/test-groups.ts";
import { importCycles } from "./tidy/cycles.ts";
import { breachOf, readLayers } from "./tidy/layers.ts";
import { codeLines, importsOf, isTestCode, type SourceFile, sourceFiles } from "./tidy/source-tree.ts";

const files = sourceFiles();
const code = files.filter(({ path }) => /\.(?:ts|js)$/.test(path));
const imports = code.flatMap(importsOf);
const product = code.filter(({ path }) => path.startsWith("src/") && !isTestCode(path));
/** Says what is forbidden, and so cannot be judged by it. */
const thisFile = "test/tidy.test.ts";

function textOf(path: string): string {
  return files.find((file) => file.path === path)?.text ?? assert.fail(`${path} is missing`);
}

/** `path:line: the line` for every line of code that fits; comments do not count. */
function linesWith(pattern: RegExp, among: readonly SourceFile[]): string[] {
  return among
    .filter(({ path }) => path !== thisFile)
    .flatMap(({ path, text }) =>
      codeLines(text).flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
}

/** The same for any kind of file, comments included. */
function textWith(pattern: RegExp, among: readonly SourceFile[]): string[] {
  return among
    .filter(({ path }) => path !== thisFile)
    .flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
}

/** Files that may break a rule, each with the reason; a file that does not need it any more must leave the list. */
function assertOnlyIn(allowed: Readonly<Record<string, string>>, found: readonly string[]): void {
  const foundIn = new Set(found.map((line) => line.slice(0, line.indexOf(":"))));
  assert.deepEqual(
    found.filter((line) => !Object.hasOwn(allowed, line.slice(0, line.indexOf(":")))),
    [],
  );
  assert.deepEqual(
    Object.keys(allowed).filter((path) => !foundIn.has(path)),
    [],
    "listed, but no longer needed",
  );
}

describe("floors", () => {
  const layers = readLayers(textOf("ARCHITECTURE.md"));

  it("import only what ARCHITECTURE.md lets them, and only through mod.ts", () => {
    assert.deepEqual(
      imports.map((one) => breachOf(one, layers)).filter((breach) => breach !== undefined),
      [],
    );
  });

  it("are the folders of src/, all of them in ARCHITECTURE.md", () => {
    const folders = new Set(
      product.filter(({ path }) => path.split("/").length > 2).map(({ path }) => path.split("/")[1]),
    );
    assert.deepEqual(
      [...layers.keys()].filter((floor) => !folders.has(floor)),
      [],
      "listed, but not there",
    );
    assert.deepEqual(
      [...folders].filter((folder) => !layers.has(folder ?? "")),
      [],
      "there, but not listed",
    );
  });

  it("begin in a mod.ts that says what the floor is for", () => {
    for (const { path, text } of code.filter((file) => /^src\/(?:[^/]+\/)?mod\.ts$/.test(file.path))) {
      assert.ok(text.startsWith("/**"), `${path} does not begin with a comment`);
    }
    for (const floor of layers.keys()) textOf(`src/${floor}/mod.ts`);
  });

  it("are not imported in a circle, nor are the files in them (types apart)", () => {
    assert.deepEqual(importCycles(imports.filter(({ typesOnly }) => !typesOnly)), []);
  });
});

describe("files", () => {
  it("have names in kebab-case that say what is inside", () => {
    const odd = code.filter(
      ({ path }) =>
        !/^(?:[\w.-]+\/)*[a-z0-9]+(?:-[a-z0-9.]+)*(?:\.test)?\.(?:ts|js)$/.test(path) || /[A-Z_]/.test(path),
    );
    assert.deepEqual(
      odd.map(({ path }) => path),
      [],
    );
    const vague = /^(?:utils?|helpers?|common|types?|misc|shared|stuff)$/;
    const named = code.filter(({ path }) =>
      [...dirname(path).split("/"), basename(path).split(".")[0] ?? ""].some((part) => vague.test(part)),
    );
    assert.deepEqual(
      named.map(({ path }) => path),
      [],
    );
  });

  it("have 500 lines at most", () => {
    const long = files.filter(({ path, text }) => /\.(?:ts|js|c|cc|h)$/.test(path) && text.split("\n").length > 501);
    assert.deepEqual(
      long.map(({ path }) => path),
      [],
    );
  });

  it("have 120 columns at most", () => {
    const long = code.flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, index) => {
        // The formatter cannot break a string, and a string broken by hand cannot be searched for.
        const isText = codeLines(line)[0] !== "" && /(["'`]).{40,}\1/.test(line);
        return line.length > 120 && !isText ? [`${path}:${index + 1}`] : [];
      }),
    );
    assert.deepEqual(long, []);
  });

  it("have no default export", () => {
    assert.deepEqual(linesWith(/^\s*export default\b|\bas default\b/, code), []);
  });

  it("name no folder of one machine and no registry", () => {
    assert.deepEqual(textWith(/(?:^|[\s"'`(=:])\/(?:work|root|home)\/\w/, files), []);
    assert.deepEqual(textWith(/https?:\/\/[^\s"'/]*(?:registry|artifactory|nexus|mirror|proxy)/i, files), []);
  });

  it("leave nothing to be done later", () => {
    assert.deepEqual(textWith(/\b(?:TODO|FIXME|XXX|HACK)\b/, files), []);
  });

  it("that hold tests belong to exactly one group of npm test", () => {
    const grouped = Object.keys(testGroups).filter(isTestGroup).flatMap(testFilesOf);
    const tests = code.map(({ path }) => path).filter((path) => path.endsWith(".test.ts"));
    assert.deepEqual(grouped.toSorted(), tests.toSorted());
  });
});

describe("package-lock.json", () => {
  it("says nothing about where packages were fetched from", () => {
    assert.deepEqual(
      textWith(/"resolved"|https?:\/\/(?!(?:github|opencollective|[\w.-]*sponsor)[\w./-]*)[^"]*\.tgz/, lock()),
      [],
    );
  });
});

function lock(): SourceFile[] {
  return files.filter(({ path }) => path === "package-lock.json" || path === ".npmrc");
}

describe("code", () => {
  it("keeps the type checker awake", () => {
    assert.deepEqual(linesWith(/\bas any\b|<any>|\bany\[\]/, code), []);
    assert.deepEqual(textWith(/@ts-(?:ignore|nocheck|expect-error)/, code), []);
  });

  it("of the product takes time and chance from src/base only", () => {
    const globals =
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b|\b(?:setTimeout|setInterval)\b|"node:timers/;
    assertOnlyIn(
      { "src/base/clock.ts": "the one place where the machine's clock is asked" },
      linesWith(globals, product),
    );
  });

  it("of the product does not print, but through the log and in the command", () => {
    assert.deepEqual(linesWith(/\bconsole\./, product), []);
    const floors = product.filter(({ path }) => !path.startsWith("src/cli/"));
    assert.deepEqual(linesWith(/\bprocess\.(?:stdout|stderr|exit)\b/, floors), []);
  });

  it("of tests does not sleep", () => {
    const tests = code.filter(({ path }) => isTestCode(path));
    const sleeps = /\b(?:setTimeout|setInterval)\b|\bAtomics\.wait\b/;
    assertOnlyIn(
      {
        "src/admin/collection-observer.test.ts": "makes garbage until some of it was collected",
        "src/base/clock.test.ts": "a timer that keeps the process alive, to show that the clock's does not",
        "test/conformance/v3.1.1/cut-off.ts": "a deadline after which a socket that was not closed has failed the test",
        "test/kit/inbox.ts": "the deadline of every wait for a packet",
        "test/kit/real-clients.ts": "the deadline of a program",
        "test/system/mqttjs-client.ts": "the deadline of a wait for messages",
      },
      linesWith(sleeps, tests),
    );
  });

  it("of tests makes temporary folders by the kit alone, which takes them away", () => {
    const tests = code.filter(({ path }) => isTestCode(path));
    assertOnlyIn({ "test/kit/temporary-folder.ts": "this is how the kit does" }, linesWith(/\bmkdtemp/, tests));
  });
});
