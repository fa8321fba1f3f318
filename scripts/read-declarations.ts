/** A member of an interface, as its source declares it. */
export interface Member {
  readonly name: string;
  /** The declaration on one line, without its semicolon. */
  readonly text: string;
  readonly doc: Doc;
}

/** A documentation comment: its text, and its block tags by name. */
export interface Doc {
  readonly text: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** An exported interface. */
export interface Declaration {
  readonly name: string;
  readonly extends: string;
  readonly doc: Doc;
  readonly members: readonly Member[];
}

/**
 * The exported interfaces of a source file in the form that the formatter gives them: a comment, then a declaration;
 * members are indented by two columns.
 */
export function interfacesOf(source: string): Declaration[] {
  const pattern = /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export interface (\w+)(?: extends ([^{]+))? \{\n([^]*?)^\}/gm;
  return Array.from(source.matchAll(pattern), ([, comment = "", name = "", parent = "", body = ""]) => ({
    name,
    extends: parent.trim(),
    doc: docOf(comment),
    members: membersOf(body),
  }));
}

function membersOf(body: string): Member[] {
  const members: Member[] = [];
  let comment = "";
  let declaration = "";
  let commenting = false;
  for (const line of body.split("\n")) {
    if (commenting || line.startsWith("  /**")) {
      comment += `${line}\n`;
      commenting = !line.trimEnd().endsWith("*/");
      continue;
    }
    declaration += `${line.trim()} `;
    // A member ends where its line, or the bracket that it opened, ends in the second column.
    if (!/^ {2}\S.*;$|^ {2}\).*;$|^ {2}\}.*;$/.test(line)) continue;
    members.push(memberOf(declaration.trim().replace(/;$/, ""), comment));
    comment = "";
    declaration = "";
  }
  return members;
}

function memberOf(text: string, comment: string): Member {
  const name = /^(?:readonly |get |set )?(\w+|\[[\w.]+\])/.exec(text)?.[1] ?? text;
  return { name, text: text.replaceAll(/\( /g, "(").replaceAll(/,? \)/g, ")"), doc: docOf(comment) };
}

function docOf(comment: string): Doc {
  const lines = comment
    .replace(/^\s*\/\*\*/, "")
    .replace(/\*\/\s*$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const [text = "", ...tagged] = lines.join("\n").split(/^@/m);
  const tags = tagged.map((block): [string, string] => {
    const [, name = "", rest = ""] = /^(\w+)\s*([^]*)$/.exec(block) ?? [];
    return [name, oneLine(rest)];
  });
  return { text: oneLine(text), tags: new Map(tags) };
}

/** Links become the plain name of what they link to. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .replaceAll(/\s+/g, " ")
    .trim();
}
