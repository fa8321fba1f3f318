import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { describe, it } from "node:test";

import { askPassword } from "./ask-password.ts";

/** A terminal on which somebody types each of the answers as soon as a question is asked. */
function terminal(...answers: string[]) {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  const prompt = new PassThrough();
  let shown = "";
  prompt.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    if (chunk.toString().endsWith(": ")) input.write(answers.shift() ?? "\u0003");
  });
  return { source: { input, prompt }, raw, shown: () => shown };
}

describe("asking for a password", () => {
  it("takes what was typed twice, and never shows it", async () => {
    const { source, raw, shown } = terminal("secret\r", "secret\r");
    assert.equal((await askPassword(source)).toString(), "secret");
    assert.deepEqual(raw, [true, false, true, false]);
    assert.doesNotMatch(shown(), /secret/);
  });

  it("understands backspace and starting again", async () => {
    const { source } = terminal("wrong\u0015secreté\u007f\r", "secret\r");
    assert.equal((await askPassword(source)).toString(), "secret");
  });

  it("refuses two different passwords", async () => {
    await assert.rejects(askPassword(terminal("secret\r", "secrte\r").source), /the two passwords differ/);
  });

  it("can be given up, and leaves the terminal as it was", async () => {
    const { source, raw } = terminal("sec\u0003");
    await assert.rejects(askPassword(source), /given up/);
    assert.equal(raw.at(-1), false);
  });

  for (const [what, text] of [
    ["its first line", "secret\nmore\n"],
    ["a line without end", "secret"],
    ["a line that Windows ended", "secret\r\n"],
  ] as const) {
    it(`takes ${what} when the input is no terminal`, async () => {
      const source = { input: Readable.from([Buffer.from(text)]), prompt: new PassThrough() };
      assert.equal((await askPassword(source)).toString(), "secret");
    });
  }

  it("takes a password whose bytes are no text", async () => {
    const source = { input: Readable.from([Buffer.of(0xff, 0xfe, 0x0a)]), prompt: new PassThrough() };
    assert.deepEqual(await askPassword(source), Buffer.of(0xff, 0xfe));
  });

  it("refuses an empty password", async () => {
    const source = { input: Readable.from([Buffer.from("\n")]), prompt: new PassThrough() };
    await assert.rejects(askPassword(source), /the password is empty/);
  });
});
