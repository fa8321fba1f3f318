import { run } from "./program.ts";

// A reader that has gone (akasa sub | head) is no error; what could still be written is of no use to anyone.
process.stdout.on("error", () => process.exit(0));
process.exit(await run(process.argv.slice(2)));
