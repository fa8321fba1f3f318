import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hookPointNames } from "../src/hooks/mod.ts";
import { hooksDocs } from "./generate-hooks-docs.ts";
import { interfacesOf } from "./read-declarations.ts";

const source = `
/** Not exported. */
interface Hidden {
  readonly a: string;
}

/**
 * What it is,
 * in two lines; see {@link Other}.
 */
export interface Shown extends Base, More {
  /** A field. */
  readonly field: string;
  plain: number;
  /**
   * A call.
   * @failure Nothing.
   */
  call?(
    one: string,
    two: () => void,
  ): void;
}
`;

describe("the reader of declarations", () => {
  it("finds exported interfaces with their members, comments and tags", () => {
    const [shown, ...others] = interfacesOf(source);
    assert.deepEqual(others, []);
    assert.equal(shown?.name, "Shown");
    assert.equal(shown?.extends, "Base, More");
    assert.equal(shown?.doc.text, "What it is, in two lines; see `Other`.");
    assert.deepEqual(
      shown?.members.map(({ name, text }) => [name, text]),
      [
        ["field", "readonly field: string"],
        ["plain", "plain: number"],
        ["call", "call?(one: string, two: () => void): void"],
      ],
    );
    assert.equal(shown?.members[2]?.doc.tags.get("failure"), "Nothing.");
  });
});

describe("docs/reference/hooks.md", () => {
  const committed = readFileSync(join(import.meta.dirname, "../docs/reference/hooks.md"), "utf8");

  it("is what the types say", () => {
    assert.equal(committed, hooksDocs().get("docs/reference/hooks.md"));
  });

  it("says of every point when it runs and what its failure does", () => {
    for (const point of hookPointNames) {
      const cells = new RegExp(`^\\| \`${point}\` \\| (.+) \\| (.*) \\| (.+) \\|$`, "m").exec(committed);
      assert.ok(cells !== null, `${point} is not described`);
    }
  });
});
