import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { conformanceDocs } from "./conformance-coverage.ts";
import { configDocs } from "./generate-config-docs.ts";
import { hooksDocs } from "./generate-hooks-docs.ts";
import { metricsDocs } from "./generate-metrics-docs.ts";

const root = join(import.meta.dirname, "..");

/** Everything in the repository that is generated: each answers path from the root -> content. */
const generators: readonly (() => Map<string, string>)[] = [configDocs, conformanceDocs, hooksDocs, metricsDocs];

/** The generated files that are not what the generators say. */
function staleFiles(): Map<string, string> {
  const files = generators.flatMap((generate) => [...generate()]);
  return new Map(
    files.filter(([path, content]) => {
      const file = join(root, path);
      return !existsSync(file) || readFileSync(file, "utf8") !== content;
    }),
  );
}

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const stale = staleFiles();
if (values.check) {
  for (const path of stale.keys()) process.stdout.write(`${path} is stale; npm run docs writes it anew\n`);
  if (stale.size > 0) process.exitCode = 1;
} else {
  for (const [path, content] of stale) {
    writeFileSync(join(root, path), content);
    process.stdout.write(`${path}\n`);
  }
}
