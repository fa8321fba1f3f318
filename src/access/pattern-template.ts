import { isTopicFilter } from "../protocol/mod.ts";
import type { TopicPattern } from "./topic-pattern.ts";

/** What is filled into a pattern. */
export interface ClientNames {
  readonly clientId: string;
  readonly userName: string | null;
}

/** A stretch of a level: text, or whose name stands there. */
type Piece = { readonly text: string } | { readonly name: keyof ClientNames };

/** A level as the rule has it: `+`, or pieces in a row. */
type LevelTemplate = "+" | readonly Piece[];

/** The topics of a rule as they stand in it: a topic filter in which `%c` and `%u` stand for the client's names. */
export interface PatternTemplate {
  readonly levels: readonly LevelTemplate[];
  readonly open: boolean;
  readonly dollarToo: boolean;
  /** The pattern itself where it is the same for every client. */
  readonly constant: TopicPattern | null;
}

/** How a rule's topic is read. */
export interface TemplateSyntax {
  /** `%c` and `%u` stand for the client's names. */
  readonly names: boolean;
  /** `%` before anything but `c`, `u` and `%` is a mistake; else it is text, as in mosquitto's files. */
  readonly strict: boolean;
  readonly dollarToo: boolean;
}

/** The pattern that a rule's text is, or a sentence that says what is wrong with it. */
export function parseTemplate(text: string, syntax: TemplateSyntax): PatternTemplate | string {
  if (!isTopicFilter(text)) return `"${text}" is not a topic filter`;
  const parts = text.split("/");
  const open = parts.at(-1) === "#";
  if (open) parts.pop();
  const levels: LevelTemplate[] = [];
  for (const part of parts) {
    const pieces = part === "+" ? part : parsePieces(part, syntax);
    if (pieces === null)
      return `"${text}": % is followed by something else than c (client identifier), u (user name) or %`;
    levels.push(pieces);
  }
  const named = levels.some((level) => level !== "+" && level.some((piece) => "name" in piece));
  const template = { levels, open, dollarToo: syntax.dollarToo, constant: null };
  return named ? template : { ...template, constant: fill(template, noNames) };
}

const noNames: ClientNames = { clientId: "", userName: null };

function parsePieces(part: string, syntax: TemplateSyntax): Piece[] | null {
  if (!syntax.names) return [{ text: part }];
  const pieces: Piece[] = [];
  for (const token of part.match(/%.?|[^%]+/gsu) ?? []) {
    if (token === "%c") pieces.push({ name: "clientId" });
    else if (token === "%u") pieces.push({ name: "userName" });
    else if (token === "%%" && syntax.strict) pieces.push({ text: "%" });
    else if (token.startsWith("%") && syntax.strict) return null;
    else pieces.push({ text: token });
  }
  return pieces;
}

/**
 * The template with a client's names, for a rule that allows; null where it does not speak about this client: it has
 * no such name, or one with a `/`, `+` or `#`, by which it would reach into what is others'.
 */
export function fillToAllow(template: PatternTemplate, names: ClientNames): TopicPattern | null {
  if (template.constant !== null) return template.constant;
  for (const level of template.levels) {
    if (level === "+") continue;
    for (const piece of level) {
      if (!("name" in piece)) continue;
      const name = names[piece.name];
      if (name === null || name === "" || /[/+#]/.test(name)) return null;
    }
  }
  return fill(template, names);
}

/**
 * The same for a rule that denies: a name with a `/` stands for several levels, so that nobody escapes a rule by the
 * name he chooses; null where the client has no such name.
 */
export function fillToDeny(template: PatternTemplate, names: ClientNames): TopicPattern | null {
  if (template.constant !== null) return template.constant;
  const nameless = (piece: Piece): boolean => "name" in piece && names[piece.name] === null;
  if (template.levels.some((level) => level !== "+" && level.some(nameless))) return null;
  return fill(template, names);
}

function fill(template: PatternTemplate, names: ClientNames): TopicPattern {
  const levels = template.levels.flatMap((level) => {
    if (level === "+") return [null];
    const text = level.map((piece) => ("name" in piece ? (names[piece.name] ?? "") : piece.text)).join("");
    return text.split("/");
  });
  return { levels, open: template.open, dollarToo: template.dollarToo };
}
