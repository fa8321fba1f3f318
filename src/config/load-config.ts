import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { WorldError } from "../base/mod.ts";
import type { Config, ConfigSettings } from "./config.ts";
import { withDefaults } from "./defaults.ts";
import { withEnvironment } from "./environment.ts";
import { dotted, type Problem } from "./problem.ts";
import { ruleProblems } from "./rules.ts";
import { configSchema } from "./schema.ts";
import { schemaProblems } from "./validate.ts";
import { type ConfigWarning, warningsAbout } from "./warnings.ts";
import { readYaml } from "./yaml-source.ts";

/** Where a configuration comes from. */
export interface ConfigSource {
  /** Path of a YAML file; without one the defaults are the base. */
  readonly file?: string | undefined;
  /** The environment, usually `process.env`; its `AKASA_...` variables go over the file. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A configuration that can be started, and what to tell its author. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads, completes and checks a configuration.
 *
 * @throws WorldError `file_missing` or `file_unreadable` if the file cannot be read; `config_invalid` with all
 * problems, one a line, each with line number, key and what was expected.
 */
export function loadConfig(source: ConfigSource): LoadedConfig {
  const yaml = readYaml(source.file === undefined ? "" : readConfigFile(source.file));
  const merged = withEnvironment(configSchema, yaml.values, source.env);
  const problems = yaml.problems.length > 0 ? yaml.problems : [...merged.problems, ...problemsOf(merged.values)];
  if (problems.length > 0) {
    const where = (problem: Problem): string => {
      const variable = problem.path.length === 0 ? undefined : merged.origins.get(dotted(problem.path));
      if (variable !== undefined) return `environment ${variable}: `;
      const line = problem.line ?? yaml.lineOf(problem.path);
      return line === undefined ? "" : `line ${line}: `;
    };
    throw invalid(source.file ?? "configuration", problems, where);
  }
  const warnings = warningsAbout(configSchema, merged.values, (path) => yaml.lineOf(path));
  const directory = source.file === undefined ? process.cwd() : dirname(resolve(source.file));
  return { config: completed(merged.values, directory), warnings };
}

/**
 * A configuration made in a program: the defaults with `settings` over them, checked as a file is.
 *
 * @throws WorldError `config_invalid` with all problems.
 */
export function createConfig(settings: ConfigSettings = {}): Config {
  const problems = problemsOf(settings);
  if (problems.length > 0) throw invalid("configuration", problems, () => "");
  return completed(settings, process.cwd());
}

/** The configuration of a broker that is told nothing: MQTT on 127.0.0.1:1883 for everyone on this machine. */
export function defaultConfig(): Config {
  return createConfig();
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new WorldError("file_missing", `${file}: there is no such file`, { cause: error });
    throw new WorldError("file_unreadable", `${file}: cannot be read (${String(code)})`, { cause: error });
  }
}

function problemsOf(given: unknown): Problem[] {
  const values = withDefaults(configSchema, given);
  const problems = schemaProblems(configSchema, values);
  if (problems.length > 0) return problems;
  const config = values as Config;
  return ruleProblems(config, given);
}

function invalid(name: string, problems: readonly Problem[], where: (problem: Problem) => string): WorldError {
  const lines = problems.map((problem) => {
    const key = problem.path.length === 0 ? "" : `${dotted(problem.path)}: `;
    return `${where(problem)}${key}${problem.message}`;
  });
  if (lines.length === 1) return new WorldError("config_invalid", `${name}: ${lines[0]}`);
  return new WorldError("config_invalid", `${name}: ${lines.length} problems\n  ${lines.join("\n  ")}`);
}

function completed(given: unknown, directory: string): Config {
  const config = structuredClone(withDefaults(configSchema, given)) as ConfigSettings & Config;
  const hooks = (config.hooks as NonNullable<ConfigSettings["hooks"]>).map((entry) => ({
    options: {},
    from: directory,
    ...(typeof entry === "string" ? { module: entry } : entry),
  }));
  return deepFreeze({ ...config, hooks }) as Config;
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
