import { type Command, InvalidArgumentError, Option } from "commander";

import {
  insertScramUser,
  iterationsMin,
  newCredential,
  prepared,
  readScramFile,
  type ScramMechanism,
  scramMechanisms,
} from "../auth/mod.ts";
import { askPassword } from "./ask-password.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError } from "./report-error.ts";

interface InsertOptions {
  readonly path: string;
  readonly username: string;
  readonly create?: boolean;
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
}

const iterationsMax = 10_000_000;
const iterationsDefault = 15_000;

const more = `
The password is asked for twice and not shown. If standard input is not a terminal, its first line is the password.
The file keeps neither the password nor anything that one could log in with. A user may have both mechanisms: run the
command once for each. The rounds are computed by the client, at every connect; a small device may want fewer.

The broker sees the change within a second; it need not be restarted.
`;

/** `akasa insert-scram-user` */
export function addInsertScramUser(program: Command): void {
  program
    .command("insert-scram-user")
    .description("Add a user to a file of SCRAM users, or give a user another password.")
    .requiredOption("--path <file>", "the file (`file` of an authenticator of kind scram in the configuration)")
    .requiredOption("--username <name>", "the user")
    .option("--create", "begin a new file; an existing one is replaced")
    .addOption(
      new Option("--mechanism <name>", "for which mechanism").choices(scramMechanisms).default("SCRAM-SHA-256"),
    )
    .option("--iterations <number>", "rounds of hashing that the client does", iterationCount, iterationsDefault)
    .addHelpText("after", more)
    .action(insertUser);
}

function iterationCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= iterationsMin && count <= iterationsMax) return count;
  throw new InvalidArgumentError(`Expected a whole number from ${iterationsMin} to ${iterationsMax}.`);
}

async function insertUser({ path, username, mechanism, iterations, ...options }: InsertOptions): Promise<void> {
  // Before the user types a password for nothing.
  const create = options.create === true;
  if (!create) readScramFile(path);
  const password = prepared((await askPassword({ input: process.stdin, prompt: process.stderr })).toString());
  if (password === null) {
    throw new CommandError(ExitCode.usage, "the password has characters that SCRAM does not allow (RFC 4013)");
  }
  const credential = await newCredential(mechanism, Buffer.from(password), iterations);
  insertScramUser(path, { userName: username, credential, create });
  process.stdout.write(`${path}: user "${username}" can prove this password by ${mechanism}\n`);
}
