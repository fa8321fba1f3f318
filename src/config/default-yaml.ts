import { expectation } from "./expectation.ts";
import { isSection, type KeySchema, type KeySchemas, sentence } from "./key-schema.ts";
import { chapters } from "./schema.ts";
import { withDefaults } from "./defaults.ts";

const width = 100;

/** How the default file is written. */
export interface DefaultYamlOptions {
  /** Say `auth.enable: false` instead of leaving it open, so that the file also starts on an address others reach. */
  readonly allowAnonymous: boolean;
}

/** The configuration file that says what happens without one: every key with its meaning and default. */
export function defaultYaml(options: DefaultYamlOptions): string {
  const lines = [
    ...comment("Configuration of Akasa. Every key may be left out; the values here are the defaults.", ""),
    ...comment("An environment variable goes over the file: AKASA_LISTENERS_MQTT_ADDR sets listeners.mqtt.addr.", ""),
  ];
  for (const chapter of chapters) {
    const keys = Object.fromEntries(Object.entries(chapter.keys).filter(([, key]) => hasEffect(key)));
    if (Object.keys(keys).length === 0) continue;
    lines.push("", `# ---- ${chapter.title} ${"-".repeat(width - 8 - chapter.title.length)}`);
    lines.push(...sectionLines(keys, {}, ""));
  }
  const text = `${lines.join("\n")}\n`;
  return options.allowAnonymous ? text.replace(/^( *)# enable: false$/m, "$1enable: false") : text;
}

/** False for a key that does nothing, and for a section in which no key does anything. */
export function hasEffect(key: KeySchema): boolean {
  if (key.noEffect !== undefined) return false;
  return !isSection(key) || Object.values(key.properties).some(hasEffect);
}

function sectionLines(keys: KeySchemas, values: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    if (!hasEffect(key)) return [];
    const value = withDefaults(key, values[name]);
    const head = comment(`${sentence(key.description)}${takes(key)}`, indent);
    if (isSection(key) && value !== null) {
      const inner = sectionLines(key.properties, value as Readonly<Record<string, unknown>>, `${indent}  `);
      return ["", ...head, `${indent}${name}:`, ...inner];
    }
    // Left out on purpose: it has to be said as soon as a listener can be reached from elsewhere.
    const open = name === "enable" ? "# " : "";
    return ["", ...head, `${indent}${open}${name}: ${scalar(value)}`];
  });
}

function takes(key: KeySchema): string {
  if (isSection(key)) return "";
  const text = expectation(key);
  return text === "true or false" || key.format !== undefined ? "" : ` (${text})`;
}

function scalar(value: unknown): string {
  return JSON.stringify(value).replace(/^"([A-Za-z][\w.-]*|[\d.]+:\d+)"$/, "$1");
}

function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + word.length + 3 > width) {
      lines.push(`${indent}# ${line}`);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, `${indent}# ${line}`];
}
