import type { Readable, Writable } from "node:stream";

import { CommandError } from "./report-error.ts";
import { ExitCode } from "./exit-code.ts";

/** Where a password comes from: a terminal, or a pipe or file. */
export interface PasswordSource {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  /** Where the questions go: not standard output, which may be redirected. */
  readonly prompt: Writable;
}

/**
 * Asks for a new password. On a terminal it is typed twice and not shown; otherwise it is the first line of the input.
 *
 * @throws CommandError if it is empty, differs the second time, or the user gives up.
 */
export async function askPassword(source: PasswordSource): Promise<Buffer> {
  const password = source.input.isTTY === true ? await typedTwice(source) : await firstLine(source.input);
  if (password.length === 0) throw new CommandError(ExitCode.usage, "the password is empty");
  return password;
}

async function firstLine(input: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    if (bytes.includes(0x0a)) break;
  }
  const all = Buffer.concat(chunks);
  const end = all.indexOf(0x0a);
  const line = end < 0 ? all : all.subarray(0, end);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

async function typedTwice(source: PasswordSource): Promise<Buffer> {
  const first = await typed(source, "Password: ");
  const second = await typed(source, "The same password again: ");
  if (first !== second) throw new CommandError(ExitCode.usage, "the two passwords differ; nothing was changed");
  return Buffer.from(first);
}

/** One line from a terminal that does not show it. */
function typed({ input, prompt }: PasswordSource, question: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  const end = (finish: () => void): void => {
    input.off("data", onData);
    input.setRawMode?.(false);
    input.pause();
    prompt.write("\n");
    finish();
  };
  const onData = (chunk: Buffer): void => {
    for (const character of chunk.toString()) {
      if (character === "\r" || character === "\n") return end(() => resolve(text));
      // Ctrl-C and Ctrl-D: in raw mode they are characters and not signals.
      if (character === "\u0003" || character === "\u0004") {
        return end(() => reject(new CommandError(ExitCode.failure, "given up; nothing was changed")));
      }
      if (character === "\u007f" || character === "\b") text = text.replace(/.$/su, "");
      else if (character === "\u0015") text = "";
      else text += character;
    }
  };
  prompt.write(question);
  input.setRawMode?.(true);
  input.on("data", onData);
  input.resume();
  return promise;
}
