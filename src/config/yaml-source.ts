import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

import { isMapping } from "./defaults.ts";
import type { Problem } from "./problem.ts";

/** A configuration text that was read: its values, and where in the text each stands. */
export interface YamlSource {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** The line, counted from 1, of the key that `path` leads to, or of the nearest section around it that exists. */
  lineOf(path: readonly string[]): number | undefined;
}

/** Reads a YAML text (1.2, as the original does). Never throws: what is wrong is in `problems`. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  // "error" only says that warnings are not printed; "silent" would take a second document for nothing.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const problems = [...document.errors, ...document.warnings].map((error): Problem => {
    return { path: [], message: firstLine(error.message), line: lines.linePos(error.pos[0]).line };
  });
  const values = problems.length === 0 ? plain(document, problems) : {};
  if (!isMapping(values)) {
    const message = 'expected keys and values, such as "max_allowed_qos: 2"';
    return { values: {}, problems: [{ path: [], message, line: 1 }], lineOf: () => undefined };
  }
  return { values, problems, lineOf: (path) => lineOf(document.contents, path, lines) };
}

function firstLine(message: string): string {
  // The library speaks to programmers here.
  if (message.startsWith("Source contains multiple documents")) return "a second document begins; expected one";
  return message.split("\n")[0] ?? message;
}

function plain(document: Document, problems: Problem[]): unknown {
  if (document.contents === null) return {};
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // What the library answers to aliases that multiply, or that stand before their anchor.
    if (!(error instanceof ReferenceError)) throw error;
    problems.push({ path: [], message: `aliases cannot be resolved: ${firstLine(error.message)}` });
    return {};
  }
}

function lineOf(contents: unknown, path: readonly string[], lines: LineCounter): number | undefined {
  let line: number | undefined;
  let node: unknown = contents;
  for (const name of path) {
    if (isSeq(node)) {
      node = node.items[Number(name)];
      line = startLine(node, lines) ?? line;
      continue;
    }
    if (!isMap(node)) return line;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === name);
    if (pair === undefined) return line;
    line = startLine(pair.key, lines) ?? line;
    node = pair.value;
  }
  return line;
}

function startLine(key: unknown, lines: LineCounter): number | undefined {
  const range = isNode(key) ? key.range : undefined;
  return range ? lines.linePos(range[0]).line : undefined;
}
