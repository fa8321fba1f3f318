import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawBars } from "./bar-chart.ts";
import { latestResults } from "./results.ts";
import { writeTable } from "./result-table.ts";

// Draws the newest results: docs/images/benchmark.svg and the table bench/results.md.
const results = latestResults();
const image = fileURLToPath(new URL("../docs/images/benchmark.svg", import.meta.url));
mkdirSync(new URL("../docs/images/", import.meta.url), { recursive: true });
writeFileSync(image, drawBars(results));
writeFileSync(new URL("results.md", import.meta.url), writeTable(results));
