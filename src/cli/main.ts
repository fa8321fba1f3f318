import { run } from "./program.ts";
import { outputWritten, watchOutput } from "./standard-output.ts";

const args = process.argv.slice(2);
watchOutput(args[0]);
const code = await run(args);
await outputWritten();
process.exit(code);
