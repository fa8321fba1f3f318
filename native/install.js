// Builds the native transport where that is possible: run by `npm ci` and `npm install`, in the repository and where
// the package is installed. JavaScript, because Node runs no TypeScript below node_modules. A build that is impossible
// or fails is a warning: node:net then carries the bytes. Nothing is downloaded.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const sourceFolder = join(here, "src");
const buildFolder = join(here, ".build");
const addon = join(buildFolder, "akasa-transport.node");
const stamp = join(buildFolder, "stamp.txt");
const reasonFile = join(buildFolder, "not-built.txt");

/** `--sanitize FILE` builds an instrumented addon beside the real one; its failure is an error. */
const sanitized = process.argv[2] === "--sanitize" ? process.argv[3] : undefined;

/** Where node_api.h and uv.h are: the pinned Node brings them, and so do most installations of Node. */
function includeFolder() {
  const architecture = `node-linux-${process.arch}`;
  // The folder that node-gyp would take too, where one is configured.
  const configured = process.env["npm_config_nodedir"];
  return [
    configured === undefined ? undefined : join(configured, "include/node"),
    join(root, "node_modules/node/node_modules", architecture, "include/node"),
    join(root, "node_modules", architecture, "include/node"),
    join(dirname(dirname(process.execPath)), "include/node"),
    "/usr/include/node",
  ].find(
    (folder) => folder !== undefined && existsSync(join(folder, "node_api.h")) && existsSync(join(folder, "uv.h")),
  );
}

function compilerWords() {
  return (process.env["CXX"] ?? "g++").split(" ").filter((word) => word !== "");
}

/** The reason why no addon can be built here; undefined if it can. */
function obstacle(include) {
  if (process.platform !== "linux") return `io_uring and epoll are Linux's, and this is ${process.platform}`;
  if (include === undefined) return "the headers of Node.js (include/node) were not found";
  const [compiler = "g++", ...words] = compilerWords();
  if (spawnSync(compiler, [...words, "--version"]).status !== 0) {
    return `there is no C++ compiler (${compiler}; on Debian: apt-get install g++)`;
  }
  return undefined;
}

function commandLine(include, output) {
  const sources = readdirSync(sourceFolder).filter((name) => name.endsWith(".cc"));
  const optimization = sanitized === undefined ? ["-O2"] : ["-O1", "-g", "-fsanitize=address,undefined"];
  // Warnings are errors for who works on it, not for who installs it with a compiler of next year.
  const strictness = existsSync(join(root, "src")) ? ["-Werror"] : [];
  return [
    ...compilerWords(),
    ..."-std=c++17 -fPIC -shared -fvisibility=hidden -fno-exceptions -fno-rtti -Wall -Wextra -DNAPI_VERSION=9".split(
      " ",
    ),
    ...strictness,
    ...optimization,
    "-isystem",
    include,
    ...sources.map((name) => join(sourceFolder, name)),
    "-o",
    output,
  ];
}

/** Says what would be built: another one is needed where this differs. */
function fingerprint(command) {
  const hash = createHash("sha256").update(JSON.stringify(command.slice(0, -1)));
  for (const name of readdirSync(sourceFolder).toSorted()) {
    hash.update(name).update(readFileSync(join(sourceFolder, name)));
  }
  return hash.digest("hex");
}

/** Answers what went wrong; undefined: the addon is there. */
function build() {
  const include = includeFolder();
  const reason = obstacle(include);
  if (reason !== undefined) return reason;
  const target = sanitized ?? addon;
  // Under another name until it is whole: somebody may be loading it.
  const unfinished = `${target}.${process.pid}`;
  const command = commandLine(include, unfinished);
  const wanted = fingerprint(command);
  const current = sanitized === undefined && existsSync(addon) && existsSync(stamp);
  if (current && readFileSync(stamp, "utf8") === wanted) return undefined;
  const [program, ...words] = command;
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) {
    rmSync(unfinished, { force: true });
    return `the compiler failed:\n${stderr}`;
  }
  renameSync(unfinished, target);
  if (sanitized === undefined) writeFileSync(stamp, wanted);
  return undefined;
}

mkdirSync(buildFolder, { recursive: true });
const failure = build();
if (sanitized !== undefined) {
  if (failure !== undefined) throw new Error(failure);
} else if (failure === undefined) {
  rmSync(reasonFile, { force: true });
} else {
  rmSync(addon, { force: true });
  writeFileSync(reasonFile, `${failure.split("\n")[0]}\n`);
  process.stderr.write(`akasa: without the native transport, which could not be built: ${failure}\n`);
}
