import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

/** A program that nobody here wrote and tests talk to. */
interface DebianProgram {
  readonly debianPackage: string;
  /** What is not tested without it. */
  readonly usedFor: string;
  readonly isInstalled: () => boolean;
}

const programs: readonly DebianProgram[] = [
  {
    debianPackage: "mosquitto-clients",
    usedFor: "tests with mosquitto_pub and mosquitto_sub",
    isInstalled: () => existsSync("/usr/bin/mosquitto_pub") && existsSync("/usr/bin/mosquitto_sub"),
  },
  {
    debianPackage: "mosquitto",
    usedFor: "tests that compare with another broker",
    isInstalled: () => existsSync("/usr/sbin/mosquitto"),
  },
  {
    debianPackage: "openssl",
    usedFor: "tests of TLS, which make their certificates with it",
    isInstalled: () => existsSync("/usr/bin/openssl"),
  },
  {
    debianPackage: "haproxy",
    usedFor: "tests behind a proxy that speaks the PROXY protocol",
    isInstalled: () => existsSync("/usr/sbin/haproxy"),
  },
  {
    debianPackage: "chromium",
    usedFor: "tests with a browser",
    isInstalled: () => existsSync("/usr/bin/chromium"),
  },
  {
    debianPackage: "python3-paho-mqtt",
    usedFor: "tests with paho",
    // Debian's Python is meant: another one first in PATH does not see Debian's packages.
    isInstalled: () => spawnSync("/usr/bin/python3", ["-c", "import paho.mqtt.client"]).status === 0,
  },
];

const policyFile = "/usr/sbin/policy-rc.d";

/**
 * Sees to it that the programs the tests talk to are there: root on Debian installs them. Elsewhere, and where that
 * fails, it says on standard output what will be skipped; the tests themselves report it as well.
 */
export function provideDebianPrograms(): void {
  const missing = programs.filter((program) => !program.isInstalled());
  if (missing.length === 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const obstacle = whyNotInstallable();
  if (obstacle === undefined) {
    process.stdout.write(`installing what the tests need from Debian: ${packages.join(" ")}\n`);
    install(packages);
  }
  for (const { debianPackage, usedFor, isInstalled } of missing) {
    if (isInstalled()) continue;
    const reason = obstacle ?? "apt-get could not install it";
    process.stdout.write(`skipped: ${usedFor}: Debian's ${debianPackage} is missing and ${reason}\n`);
  }
}

function whyNotInstallable(): string | undefined {
  if (!existsSync("/etc/debian_version") || !existsSync("/usr/bin/apt-get")) return "this is not Debian";
  if (process.getuid?.() !== 0) return "only root may install it";
  return undefined;
}

function install(packages: readonly string[]): void {
  // The package mosquitto starts a broker on port 1883, which nobody asked for; Debian asks this file first.
  const forbidStart = !existsSync(policyFile);
  if (forbidStart) writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    if (aptGet("install", "--yes", "--no-install-recommends", ...packages) === "") return;
    // An image without package lists knows no package yet.
    const complaint = aptGet("update") + aptGet("install", "--yes", "--no-install-recommends", ...packages);
    if (complaint !== "") process.stdout.write(complaint);
  } finally {
    if (forbidStart) rmSync(policyFile, { force: true });
  }
}

/** Answers nothing when it worked, else what apt-get said. */
function aptGet(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync("/usr/bin/apt-get", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0 ? "" : `${stdout}${stderr}${error?.message ?? ""}\n`;
}

if (import.meta.main) provideDebianPrograms();
