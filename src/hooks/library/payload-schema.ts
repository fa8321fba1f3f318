import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ValidateFunction } from "ajv";

import { ReasonCode, type TopicFilter, topicMatches, type TopicName } from "../../protocol/mod.ts";
import { refuse } from "../hook-verdict.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, filterOption, listOption, type RawOptions } from "./read-option.ts";

/** What payloads of some topics have to be. */
export interface TopicSchema {
  readonly filter: string;
  /** A JSON Schema (draft 2020-12), or the path of a file with one; relative to `directory`. */
  readonly schema: object | string;
}

/** Options of {@link payloadSchema}. */
export interface PayloadSchemaOptions {
  readonly schemas: readonly TopicSchema[];
}

interface Check {
  readonly filter: TopicFilter;
  readonly schema: object;
}

/**
 * Refuses messages whose payload is not JSON of the shape that their topic asks for: 0x99 with the path that failed. A
 * topic that several filters match has to satisfy all of them.
 * @param directory where paths of schemas start; default: the working directory
 */
export function payloadSchema(options: PayloadSchemaOptions, directory: string = "."): Hooks {
  checkNames(options, ["schemas"]);
  const checks = listOption("schemas", options.schemas).map((entry) => checkOf(entry, directory));
  let validators: readonly (readonly [TopicFilter, ValidateFunction])[] = [];
  return {
    async start() {
      // Loaded here: a broker without schemas starts without a validator.
      const { Ajv2020 } = await import("ajv/dist/2020.js");
      const ajv = new Ajv2020({ strict: true, allErrors: false });
      validators = checks.map(({ filter, schema }) => [filter, ajv.compile(schema)]);
    },
    beforePublish(message) {
      let value: unknown;
      let parsed = false;
      for (const [filter, validate] of validators) {
        if (!topicMatches(filter, message.topic as TopicName)) continue;
        if (!parsed) {
          const text = message.payload.toString("utf8");
          try {
            value = JSON.parse(text);
          } catch {
            // Whatever is wrong with it, it is no JSON.
            return refuse(ReasonCode.payloadFormatInvalid, "the payload is not JSON");
          }
          parsed = true;
        }
        if (validate(value)) continue;
        const [error] = validate.errors ?? [];
        const path = error?.instancePath === undefined || error.instancePath === "" ? "/" : error.instancePath;
        return refuse(ReasonCode.payloadFormatInvalid, `${path}: ${error?.message ?? "not as the schema asks"}`);
      }
      return null;
    },
  };
}

function checkOf(entry: RawOptions, directory: string): Check {
  checkNames(entry, ["filter", "schema"]);
  const { filter, schema } = entry;
  if (typeof schema === "object" && schema !== null) return { filter: filterOption("filter", filter), schema };
  if (typeof schema !== "string") throw new TypeError("schema: expected a JSON Schema or the path of one");
  const text = readFileSync(resolve(directory, schema), "utf8");
  return { filter: filterOption("filter", filter), schema: JSON.parse(text) as object };
}
