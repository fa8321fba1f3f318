/**
 * One key of the configuration: a JSON Schema (draft 2020-12) with three words of our own. Errors, documentation and
 * the default file are made from it.
 */
export interface KeySchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | null)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly description: string | readonly string[];
  readonly properties?: KeySchemas;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | KeySchema;
  readonly items?: KeySchema | { readonly enum: readonly string[] } | { readonly anyOf: readonly object[] };
  /** The section may stand alone or be one of a list. */
  readonly several?: boolean;
  /** The value may hold a secret: no message repeats it. */
  readonly secret?: boolean;
  readonly anyOf?: readonly object[];
  /** What the number counts. */
  readonly unit?: string;
  /** What the pattern demands, in words. */
  readonly expects?: string;
  /**
   * The key is accepted and does nothing: why, and what to use. Said when it is set to another value than its default.
   */
  readonly noEffect?: string | readonly string[];
}

/** Keys by name. */
export type KeySchemas = Readonly<Record<string, KeySchema>>;

/** A description as one line. */
export function sentence(text: string | readonly string[]): string {
  return typeof text === "string" ? text : text.join(" ");
}

/** True for a key that holds further keys of known names. */
export function isSection(schema: KeySchema): schema is KeySchema & { readonly properties: KeySchemas } {
  return schema.properties !== undefined;
}

/** What an item of a list under this key has to be, where it is more than a plain value. */
export function itemOf(schema: KeySchema): KeySchema | undefined {
  if (schema.several === true) return { ...schema, type: "object", several: false };
  const { items } = schema;
  return items !== undefined && "description" in items ? items : undefined;
}

/** A section with these keys; those without a default must be given. */
export function section(description: string, properties: KeySchemas): KeySchema {
  const required = Object.keys(properties).filter((name) => properties[name]?.default === undefined);
  return { type: "object", description, properties, required, additionalProperties: false, default: {} };
}

/** The key at `path`, or undefined where the schema has none. */
export function keyAt(root: KeySchema, path: readonly string[]): KeySchema | undefined {
  return path.reduce<KeySchema | undefined>((schema, name) => {
    const { properties = {}, additionalProperties }: Partial<KeySchema> = schema ?? {};
    if (Object.hasOwn(properties, name)) return properties[name];
    if (/^\d+$/.test(name) && schema !== undefined && itemOf(schema) !== undefined) return itemOf(schema);
    return typeof additionalProperties === "object" ? additionalProperties : undefined;
  }, root);
}
