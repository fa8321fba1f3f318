#!/usr/bin/env -S node --max-semi-space-size=8 --v8-pool-size=1
// A small young generation: with node's own a crowd that connects leaves 1.5 KB of memory behind for each client.
// One thread that collects garbage beside the event loop: on few cores node's four leave the loop a fifth of one.
// Starts the built command if there is one, else its source, which Node runs as it is.
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(`akasa: needs Node.js 24 or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}
// Halves the time to start; a namespace import, because older versions, told above, have no such function.
nodeModule.enableCompileCache();
const built = new URL("../dist/cli/main.js", import.meta.url);
await import((existsSync(built) ? built : new URL("../src/cli/main.ts", import.meta.url)).href);
