import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";

/** One file of the repository; paths are from its root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a file imports from another file of the repository. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Nothing of it is left when the types are stripped. */
  readonly typesOnly: boolean;
}

const root = join(import.meta.dirname, "../..");

/** Folders of tools and of whoever works here; the second line is what .gitignore names. */
const notOurs = new Set([".git", "node_modules", "dist", "coverage", "akasa-data", ".build"]);

/** All files that are text and written by us, or generated into the repository. */
export function sourceFiles(): SourceFile[] {
  return [...walk("")]
    .filter((path) => !/\.(?:png|ico|tgz|ndjson)$/.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !notOurs.has(entry.name)) yield* walk(path);
    // In a second working tree of git `.git` is a file.
    if (entry.isFile() && !notOurs.has(entry.name)) yield path;
  }
}

/** The code without its comments, line for line. Relies on the formatter: a line of a block comment begins with `*`. */
export function codeLines(text: string): string[] {
  return text.split("\n").map((line) => (/^\s*(?:\/\/|\/?\*)/.test(line) ? "" : line.replace(/\s\/\/ .*$/, "")));
}

/** A test, or something that only tests use. */
export function isTestCode(path: string): boolean {
  return path.startsWith("test/") || path.endsWith(".test.ts") || /^src\/\w+\/(?:contract|fuzz|vectors)\//.test(path);
}

const importStatement =
  /^(?:import|export)\s+(type\s+)?(?:\*(?: as \w+)?|\w+|(?:\w+,\s*)?\{[^}]*\})\s+from "(\.[^"]+)"/gm;
const otherImport = /\bimport(?: |\()"(\.[^"]+)"/g;

/** The imports of a file that lead to other files of the repository. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const code = codeLines(text).join("\n");
  const resolve = (target: string): string => join(dirname(path), target);
  return [
    ...Array.from(code.matchAll(importStatement), ([, type, target = ""]) => ({
      from: path,
      to: resolve(target),
      typesOnly: type !== undefined,
    })),
    // Dynamic imports, and those for the effect alone.
    ...Array.from(code.matchAll(otherImport), ([, target = ""]) => ({
      from: path,
      to: resolve(target),
      typesOnly: false,
    })),
  ];
}
