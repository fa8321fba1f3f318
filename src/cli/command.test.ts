import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
// Starting the command dozens of times is most of the work here; the cache more than halves it.
const cache = { NODE_COMPILE_CACHE: join(tmpdir(), "akasa-compile-cache") };

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a shell would, with `input` as its standard input. */
async function akasa(args: readonly string[], input = "", env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...cache, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // The command may end before it has read everything.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

function temporary(name: string, content?: string): string {
  const file = join(temporaryFolder("cli"), name);
  if (content !== undefined) writeFileSync(file, content);
  return file;
}

describe("akasa", { concurrency: 4 }, () => {
  it("explains itself with the first steps", async () => {
    const { code, stdout } = await akasa(["--help"]);
    assert.equal(code, 0);
    for (const words of ["akasa start", "akasa sub -t", "insert-password", "check-config"])
      assert.ok(stdout.includes(words));
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    assert.deepEqual(await akasa(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it(
    "does not take half of what it says for the whole: a full disk is an error",
    { skip: process.platform !== "linux" && "only Linux has /dev/full" },
    async () => {
      const full = openSync("/dev/full", "w");
      const child = spawn(process.execPath, [main, "default-config"], {
        env: { ...process.env, ...cache },
        stdio: ["ignore", full, "pipe"],
      });
      const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, "close")]);
      closeSync(full);
      assert.equal(code, 1);
      assert.match(stderr, /^akasa: standard output cannot be written: ENOSPC[^\n]*\n$/);
    },
  );

  it("refuses a command it does not have with exit code 64", async () => {
    const { code, stderr } = await akasa(["strat"]);
    assert.equal(code, 64);
    assert.match(stderr, /^akasa: unknown command 'strat'\n\(Did you mean start\?\)/);
  });

  it("runs from bin/akasa.js too", async () => {
    const bin = fileURLToPath(new URL("../../bin/akasa.js", import.meta.url));
    const child = spawn(process.execPath, [bin, "--version"], { stdio: ["ignore", "pipe", "inherit"] });
    assert.match(await text(child.stdout), /^\d+\.\d+\.\d+\n$/);
  });
});

describe("akasa default-config", { concurrency: 4 }, () => {
  it("prints a file that akasa check-config finds no mistakes in", async () => {
    const { stdout } = await akasa(["default-config"]);
    const file = temporary("akasa.yaml", stdout);
    assert.deepEqual(await akasa(["check-config", file]), { code: 0, stdout: `${file}: no mistakes\n`, stderr: "" });
  });

  it("says that everyone may connect when asked to", async () => {
    assert.match((await akasa(["default-config", "--allow-anonymous"])).stdout, /^ {2}enable: false$/m);
  });
});

describe("akasa check-config", { concurrency: 4 }, () => {
  it("lists every mistake on standard error and ends with 78", async () => {
    const file = temporary("akasa.yaml", "max_allowed_qos: 3\nlog_levle: info\n");
    const { code, stdout, stderr } = await akasa(["check-config", file]);
    assert.deepEqual({ code, stdout }, { code: 78, stdout: "" });
    assert.deepEqual(stderr.split("\n"), [
      `akasa: ${file}: 2 problems`,
      "  line 1: max_allowed_qos: expected one of 0, 1, 2, got 3",
      "  line 2: log_levle: unknown key; did you mean log_level?",
      "",
    ]);
  });

  it("prints warnings and still finds the file good", async () => {
    const file = temporary("akasa.yaml", "inflight_timeout: 15\n");
    const { code, stdout } = await akasa(["check-config", file]);
    assert.equal(code, 0);
    assert.match(stdout, /^warning: line 1: inflight_timeout: no effect: /);
  });

  it("looks into the password file too", async () => {
    const passwords = temporary("passwords", "\nann:secret\n");
    const file = temporary("akasa.yaml", `auth:\n  enable: true\n  password_file: ${passwords}\n`);
    const { code, stderr } = await akasa(["check-config", file]);
    assert.equal(code, 78);
    assert.ok(stderr.startsWith(`akasa: ${passwords}: line 2: `), stderr);
    assert.doesNotMatch(stderr, /secret/);
  });

  it("takes the environment into account", async () => {
    const file = temporary("akasa.yaml", "");
    const { code, stderr } = await akasa(["check-config", file], "", { AKASA_MAX_ALLOWED_QOS: "7" });
    assert.equal(code, 78);
    assert.match(stderr, /environment AKASA_MAX_ALLOWED_QOS: max_allowed_qos: expected one of 0, 1, 2, got 7\n$/);
  });

  it("ends with 78 and one line when there is no such file", async () => {
    const file = temporary("none.yaml");
    const stderr = `akasa: ${file}: there is no such file\n`;
    assert.deepEqual(await akasa(["check-config", file]), { code: 78, stdout: "", stderr });
  });
});

describe("akasa insert-password and remove-password", { concurrency: 4 }, () => {
  const insert = (file: string, user: string, ...more: string[]): string[] => {
    return ["insert-password", "--path", file, "--username", user, ...more];
  };

  it("put a user in with scrypt, from standard input, and take the user out again", async () => {
    const file = temporary("passwords");
    assert.equal((await akasa(insert(file, "ann", "--create"), "secret\n")).code, 0);
    assert.match(readFileSync(file, "utf8"), /^ann:scrypt,16384,8,5,[\w+/]{22},[\w+/]{43}\n$/);
    assert.equal((await akasa(["remove-password", "--path", file, "--username", "ann"])).code, 0);
    assert.equal(readFileSync(file, "utf8"), "");
  });

  it("show the password nowhere", async () => {
    const file = temporary("passwords");
    const { stdout, stderr } = await akasa(insert(file, "ann", "--create"), "hunter2\n");
    assert.doesNotMatch(stdout + stderr + readFileSync(file, "utf8"), /hunter2/);
  });

  for (const algorithm of ["sha256", "sha512", "sha256-pkbdf2", "sha512-pkbdf2"]) {
    it(`write the format ${algorithm} of the original`, async () => {
      const file = temporary("passwords");
      const rounds = algorithm.endsWith("pkbdf2") ? ["--iterations", "128"] : [];
      await akasa(insert(file, "ann", "--create", "--hash-algorithm", algorithm, ...rounds), "secret\n");
      const prefix = algorithm.endsWith("pkbdf2") ? `ann:${algorithm},128,` : `ann:${algorithm},`;
      assert.ok(readFileSync(file, "utf8").startsWith(prefix));
    });
  }

  it("refuse iterations that would do nothing", async () => {
    const { code, stderr } = await akasa(insert(temporary("passwords"), "ann", "--create", "--iterations", "5"), "x\n");
    assert.equal(code, 64);
    assert.match(stderr, /^akasa: --iterations goes with sha256-pkbdf2 and sha512-pkbdf2, not scrypt\n$/);
  });

  it("do not make a file by accident", async () => {
    const file = temporary("passwords");
    const { code, stderr } = await akasa(insert(file, "ann"), "secret\n");
    assert.equal(code, 1);
    assert.match(stderr, /there is no such password file; make it with: akasa insert-password --create/);
  });

  it("say so when the user to remove is not there", async () => {
    const file = temporary("passwords", "");
    const { code, stderr } = await akasa(["remove-password", "--path", file, "--username", "ann"]);
    assert.deepEqual({ code, stderr }, { code: 1, stderr: `akasa: ${file}: there is no user "ann"\n` });
  });

  it("refuse an empty password and a name that cannot stand in the file", async () => {
    const file = temporary("passwords", "");
    assert.equal((await akasa(insert(file, "ann"), "\n")).code, 64);
    assert.equal((await akasa(insert(file, "#ann"), "secret\n")).code, 64);
  });

  it("name the options that are missing", async () => {
    const { code, stderr } = await akasa(["remove-password", "--path", "x"]);
    assert.equal(code, 64);
    assert.match(stderr, /^akasa: required option '--username <name>' not specified\n/);
  });
});

describe("akasa insert-scram-user", { concurrency: 4 }, () => {
  const insert = (file: string, ...more: string[]): string[] => {
    return ["insert-scram-user", "--path", file, "--username", "ann", ...more];
  };

  it("keeps keys and neither the password nor what one could log in with", async () => {
    const file = temporary("users");
    const { code, stdout, stderr } = await akasa(insert(file, "--create"), "hunter2\n");
    assert.equal(code, 0);
    const written = readFileSync(file, "utf8");
    assert.match(written, /^ann:SCRAM-SHA-256\$15000:[\w+/=]{24}\$[\w+/]{43}=:[\w+/]{43}=\n$/);
    assert.doesNotMatch(stdout + stderr + written, /hunter2/);
  });

  it("adds a second mechanism of the same user", async () => {
    const file = temporary("users", "# ours\n");
    await akasa(insert(file), "x\n");
    await akasa(insert(file, "--mechanism", "SCRAM-SHA-512", "--iterations", "4096"), "x\n");
    assert.match(readFileSync(file, "utf8"), /^# ours\nann:SCRAM-SHA-256\$15000:.*\nann:SCRAM-SHA-512\$4096:.*\n$/);
  });

  it("refuses what SCRAM does not allow", async () => {
    const file = temporary("users", "");
    assert.equal((await akasa(insert(file), "bell\u0007\n")).code, 64);
    assert.equal((await akasa(insert(file, "--iterations", "4095"), "x\n")).code, 64);
    assert.equal((await akasa(insert(file, "--mechanism", "SCRAM-SHA-1"), "x\n")).code, 64);
    assert.equal((await akasa(insert(join(file, "none")), "x\n")).code, 1);
  });
});

describe("akasa pub and sub", { concurrency: 4 }, () => {
  const usage: readonly (readonly [what: string, args: string[], message: RegExp])[] = [
    ["a topic with a wildcard to send to", ["pub", "-t", "a/#", "-m", "x"], /"a\/#" is not a topic to send to/],
    ["no message", ["pub", "-t", "a"], /say what to send: either -m TEXT or -s/],
    ["two messages", ["pub", "-t", "a", "-m", "x", "-s"], /say what to send: either -m TEXT or -s/],
    ["a filter that is none", ["sub", "-t", "a/b#"], /"a\/b#" is not a topic filter/],
    ["a QoS that does not exist", ["sub", "-t", "a", "-q", "3"], /Expected 0, 1 or 2/],
    ["a version that does not exist", ["sub", "-t", "a", "-V", "4"], /Allowed choices are 3\.1, 3\.1\.1, 5/],
  ];
  for (const [what, args, message] of usage) {
    it(`refuse ${what} with exit code 64`, async () => {
      const { code, stderr } = await akasa(args);
      assert.equal(code, 64);
      assert.match(stderr, message);
    });
  }

  it("say in one line that nobody listens", async () => {
    const { code, stderr } = await akasa(["pub", "-p", "1", "-t", "a", "-m", "x"]);
    const expected = "akasa: 127.0.0.1:1: no broker listens there (connection refused)\n";
    assert.deepEqual({ code, stderr }, { code: 1, stderr: expected });
  });
});
