import { type Command, InvalidArgumentError, Option } from "commander";

import { countUsers, defaultHashing, hashPassword, insertUser, type PasswordHashing } from "../auth/mod.ts";
import { askPassword } from "./ask-password.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError } from "./report-error.ts";

interface InsertOptions {
  readonly path: string;
  readonly username: string;
  readonly create?: boolean;
  readonly hashAlgorithm: string;
  readonly iterations?: number;
}

// OWASP's recommendations for PBKDF2 with these digests.
const iterationsFor = { sha256: 600_000, sha512: 210_000 } as const;
const algorithms = ["scrypt", "sha256-pkbdf2", "sha512-pkbdf2", "sha256", "sha512"];

const more = `
The password is asked for twice and not shown. If standard input is not a terminal, its first line is the password:
  printf '%s\\n' "$PASSWORD" | akasa insert-password --path passwords --username ann

The broker sees the change within a second; it need not be restarted. sha256 and sha512 are fast hashes, easy to guess
from a stolen file, and are here for the sake of other programs that read it.
`;

/** `akasa insert-password` */
export function addInsertPassword(program: Command): void {
  program
    .command("insert-password")
    .description("Add a user to a password file, or give a user another password.")
    .requiredOption("--path <file>", "the password file (auth.password_file in the configuration)")
    .requiredOption("--username <name>", "the user")
    .option("--create", "begin a new file; an existing one is replaced")
    .addOption(new Option("--hash-algorithm <name>", "how to hash").choices(algorithms).default("scrypt"))
    .option("--iterations <number>", "rounds of the pkbdf2 algorithms", iterationCount)
    .addHelpText("after", more)
    .action(insertPassword);
}

function iterationCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 100_000_000) return count;
  throw new InvalidArgumentError("Expected a whole number from 1 to 100000000.");
}

async function insertPassword(options: InsertOptions): Promise<void> {
  const hashing = hashingOf(options);
  // Before the user types a password for nothing.
  const create = options.create === true;
  if (!create) countUsers(options.path);
  const password = await askPassword({ input: process.stdin, prompt: process.stderr });
  const entry = hashPassword(password, hashing);
  insertUser(options.path, { userName: options.username, entry, create });
  process.stdout.write(`${options.path}: user "${options.username}" can connect with this password\n`);
}

function hashingOf({ hashAlgorithm, iterations }: InsertOptions): PasswordHashing {
  const digest = hashAlgorithm.startsWith("sha512") ? "sha512" : "sha256";
  if (hashAlgorithm.endsWith("-pkbdf2"))
    return { kind: "pbkdf2", digest, iterations: iterations ?? iterationsFor[digest] };
  if (iterations !== undefined) {
    throw new CommandError(
      ExitCode.usage,
      `--iterations goes with sha256-pkbdf2 and sha512-pkbdf2, not ${hashAlgorithm}`,
    );
  }
  return hashAlgorithm === "scrypt" ? defaultHashing : { kind: "digest", digest };
}
