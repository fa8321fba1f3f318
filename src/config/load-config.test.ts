import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { WorldError } from "../base/mod.ts";
import type { ConfigSettings } from "./config.ts";
import { clientListeners } from "./listeners.ts";
import { createConfig, defaultConfig, loadConfig, type LoadedConfig } from "./load-config.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

const directory = temporaryFolder("config");

function load(yaml: string, env: Record<string, string> = {}): LoadedConfig {
  const file = join(directory, "akasa.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ file, env });
}

/** The lines of the error that loading gives, without the name of the file. */
function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof WorldError, String(error));
    assert.equal(error.code, "config_invalid");
    const text = error.message.slice(error.message.indexOf(": ") + 2);
    const lines = text.split("\n  ");
    return lines.length === 1 ? lines : lines.slice(1);
  }
  return assert.fail("expected the configuration to be refused");
}

describe("a configuration file", () => {
  it("may be empty: everything is the default", () => {
    assert.deepEqual(load("").config, defaultConfig());
  });

  it("may consist of comments only", () => {
    assert.deepEqual(load("# nothing\n").config, defaultConfig());
  });

  it("gives the values it has and leaves the others at their defaults", () => {
    const { config } = load("max_allowed_qos: 1\nlisteners:\n  mqtt:\n    addr: 127.0.0.1:2883\n");
    assert.equal(config.max_allowed_qos, 1);
    assert.partialDeepStrictEqual(config.listeners.mqtt, {
      addr: "127.0.0.1:2883",
      reuse_port: false,
      proxy_mode: null,
    });
    assert.equal(config.topic_alias_max, defaultConfig().topic_alias_max);
  });

  it("switches off the listeners it does not name when it has a listeners section", () => {
    const { config } = load("listeners:\n  mqtt:\n    addr: unix:/run/akasa.sock\n");
    assert.equal(config.listeners.http, null);
  });

  it("cannot be changed once it is loaded, at any depth", () => {
    const { config } = load("");
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.listeners.mqtt) && Object.isFrozen(config.auth.jwt));
  });

  it("may have a list of listeners in the place of one, each with the defaults and a name", () => {
    const yaml = "listeners:\n  mqtt:\n    - addr: 127.0.0.1:1\n    - addr: '[::1]:2'\n      reuse_port: true\n";
    const named = `${yaml}    - {addr: "unix:/x", name: local, unix_mode: "660"}\n`;
    const found = clientListeners(load(named).config.listeners).map(({ name, path, settings }) => {
      return [name, path.join("."), settings.addr, settings.reuse_port, settings.unix_mode];
    });
    assert.deepEqual(found, [
      ["mqtt", "listeners.mqtt.0", "127.0.0.1:1", false, null],
      ["mqtt-2", "listeners.mqtt.1", "[::1]:2", true, null],
      ["local", "listeners.mqtt.2", "unix:/x", false, "660"],
    ]);
  });

  it("that does not exist is reported as missing", () => {
    const file = join(directory, "none.yaml");
    assert.throws(() => loadConfig({ file, env: {} }), {
      code: "file_missing",
      message: `${file}: there is no such file`,
    });
  });

  it("that is a directory is reported as unreadable", () => {
    assert.throws(() => loadConfig({ file: directory, env: {} }), { code: "file_unreadable" });
  });
});

describe("an error in a configuration file", () => {
  it("in a list of listeners names the line and the number of the entry", () => {
    const yaml = "listeners:\n  mqtt:\n    - addr: 127.0.0.1:1\n    - adr: 127.0.0.1:2\n";
    const [first, second] = problems(() => load(yaml));
    assert.equal(first, "line 4: listeners.mqtt.1.adr: unknown key; did you mean addr?");
    assert.match(second ?? "", /^line 4: listeners\.mqtt\.1\.addr: missing/);
    assert.match(problems(() => load("listeners: {mqtt: []}"))[0] ?? "", /listeners\.mqtt: an empty list/);
    assert.match(problems(() => load("listeners: {mqtt: [~]}"))[0] ?? "", /listeners\.mqtt\.0: expected a section/);
  });

  it("names file, line, path, what was expected and what was found", () => {
    const file = join(directory, "akasa.yaml");
    assert.throws(() => load("\nlisteners:\n  mqtt:\n    addr: 1883\n"), {
      code: "config_invalid",
      message:
        `${file}: line 4: listeners.mqtt.addr: ` +
        "expected host:port (as 127.0.0.1:1883), [ipv6]:port or unix:/path/to.sock, got 1883",
    });
  });

  it("is listed with all the others, however many there are", () => {
    const keys = ["max_inflight_client", "max_inflight_server", "topic_alias_max", "min_keep_alive", "max_keep_alive"];
    const more = [
      "max_topic_levels",
      "retained_replay_batch",
      "connect_timeout_seconds",
      "max_connections",
      "max_allowed_qos",
    ];
    const yaml = [...keys, ...more].map((key) => `${key}: lots\n`).join("");
    const found = problems(() => load(yaml));
    assert.deepEqual(
      found.map((line) => line.split(": ").slice(0, 2).join(" ")),
      [...keys, ...more].map((key, index) => `line ${index + 1} ${key}`),
    );
  });

  const grown = Array.from("bcdefgh", (name, index) => `${name}: &${name} [${`*${"abcdefgh"[index]},`.repeat(9)}]`);
  const multiplyingAliases = ["a: &a [1]", ...grown].join("\n");
  const tls = "addr: '127.0.0.1:1', key_file: k, cert_file: c";
  const cases: readonly (readonly [what: string, yaml: string, expected: string])[] = [
    [
      "a misspelled key",
      "max_inflight_clinet: 3",
      "line 1: max_inflight_clinet: unknown key; did you mean max_inflight_client?",
    ],
    ["a misspelled inner key", "auth: {enabel: true}", "line 1: auth.enabel: unknown key; did you mean enable?"],
    [
      "a key in the wrong section",
      "password_file: x",
      "line 1: password_file: unknown key; did you mean auth.password_file?",
    ],
    ["a key like no other", "zzzzzzzzzzzzzz: 1", "line 1: zzzzzzzzzzzzzz: unknown key"],
    ["a key named like a part of every object", "constructor: 1", "line 1: constructor: unknown key"],
    [
      "a number out of range",
      "topic_alias_max: 65536",
      "line 1: topic_alias_max: expected a whole number from 0 to 65535, got 65536",
    ],
    [
      "a number that is not whole",
      "max_topic_levels: 1.5",
      "line 1: max_topic_levels: expected a whole number from 1 to 65535, got 1.5",
    ],
    ["a word for true", "retain_available: yes", 'line 1: retain_available: expected true or false, got "yes"'],
    [
      "a choice that does not exist",
      "log_level: loud",
      'line 1: log_level: expected one of debug, info, warn, error, got "loud"',
    ],
    [
      "a value where keys belong",
      "auth: true",
      "line 1: auth: expected a section with enable, allow_anonymous, password_file, jwt, got true",
    ],
    [
      "keys where a value belongs",
      "log_level: {a: 1}",
      "line 1: log_level: expected one of debug, info, warn, error, got a section",
    ],
    [
      "nothing where a value belongs",
      "log_level:",
      "line 1: log_level: expected one of debug, info, warn, error, got null",
    ],
    [
      "a missing key",
      "listeners: {mqtt: {reuse_port: true}}",
      "line 1: listeners.mqtt.addr: missing; expected host:port (as 127.0.0.1:1883), [ipv6]:port or unix:/path/to.sock",
    ],
    [
      "a port that does not exist",
      "listeners: {mqtt: {addr: '127.0.0.1:70000'}}",
      'line 1: listeners.mqtt.addr: expected host:port (as 127.0.0.1:1883), [ipv6]:port or unix:/path/to.sock, got "127.0.0.1:70000"',
    ],
    [
      "a Unix socket for HTTP",
      "listeners: {mqtt: {addr: 'localhost:1'}, http: {addr: 'unix:/x'}}",
      'line 1: listeners.http.addr: expected host:port (as 127.0.0.1:1883) or [ipv6]:port, got "unix:/x"',
    ],
    [
      "a name of a node with a space",
      "node_id: a b",
      'line 1: node_id: expected 1 to 64 letters, digits, dots, hyphens or underscores, got "a b"',
    ],
    [
      "a method of authentication that does not exist",
      "sasl_mechanisms: [PLAIN]",
      "line 1: sasl_mechanisms: expected a list of SCRAM-SHA-256, SCRAM-SHA-512, got a list",
    ],
    ["a list instead of keys", "- a\n- b", 'line 1: expected keys and values, such as "max_allowed_qos: 2"'],
    ["the same key twice", "log_level: info\nlog_level: warn", "line 2: Map keys must be unique"],
    [
      "keep alive limits that exclude each other",
      "min_keep_alive: 100\nmax_keep_alive: 10",
      "line 1: min_keep_alive: expected at most max_keep_alive (10), got 100",
    ],
    [
      "output limits in the wrong order",
      "max_output_bytes_hard: 200000",
      "line 1: max_output_bytes_hard: expected at least max_output_bytes_per_connection (1048576), got 200000",
    ],
    [
      "passwords without a file",
      "auth:\n  enable: true",
      "line 1: auth.password_file: expected a file, because auth.enable is true (or set auth.enable: false to let everyone connect)",
    ],
    [
      "no MQTT listener at all",
      "listeners:\n  http: {addr: '127.0.0.1:0'}",
      "line 1: listeners: all MQTT listeners are off; expected at least one of mqtt, mqtts, ws, wss",
    ],
    [
      "a Unix socket that shares its port",
      "listeners: {mqtt: {addr: 'unix:/x', reuse_port: true}}",
      "line 1: listeners.mqtt.reuse_port: expected false: a Unix socket has no port",
    ],
    [
      "permissions of a socket that is none",
      "listeners: {mqtt: {addr: '127.0.0.1:1', unix_mode: '660'}}",
      "line 1: listeners.mqtt.unix_mode: expected null: addr is not a Unix socket",
    ],
    [
      "authorities that are needed and not there",
      `listeners: {mqtts: {${tls}, verify_peer: true}}`,
      "line 1: listeners.mqtts.ca_file: expected a file, because verify_peer is true",
    ],
    [
      "a demand for certificates that nobody checks",
      `listeners: {wss: {${tls}, fail_if_no_peer_cert: true}}`,
      "line 1: listeners.wss.fail_if_no_peer_cert: expected false, because verify_peer is false",
    ],
    [
      "revoked certificates that nobody checks",
      `listeners: {mqtts: {${tls}, crl_file: r}}`,
      "line 1: listeners.mqtts.crl_file: expected null, because verify_peer is false",
    ],
    [
      "user names from certificates that nobody checks",
      "listeners: {mqtt: {addr: '127.0.0.1:1', use_identity_as_username: cn}}",
      "line 1: listeners.mqtt.use_identity_as_username: expected null: " +
        "nobody checks certificates here (verify_peer, or proxy_mode TlsTermination)",
    ],
    [
      "proxies that nobody listens to",
      "listeners: {mqtt: {addr: '127.0.0.1:1', trusted_proxies: [10.0.0.0/8]}}",
      "line 1: listeners.mqtt.trusted_proxies: expected null: no proxy_mode, so nobody speaks for clients",
    ],
    [
      "a range of addresses that is none",
      "listeners:\n  mqtt:\n    addr: 127.0.0.1:1\n    proxy_mode: Normal\n    trusted_proxies:\n      - localhost\n",
      'line 6: listeners.mqtt.trusted_proxies.0: expected an IP address or a range as 10.0.0.0/8, got "localhost"',
    ],
    [
      "two listeners of one name",
      "listeners:\n  mqtt:\n    - addr: 127.0.0.1:1\n      name: a\n    - addr: 127.0.0.1:2\n      name: a\n",
      'line 6: listeners.mqtt.1.name: "a" is the name of another listener; expected its own',
    ],
    [
      "two listeners of one address",
      "listeners:\n  mqtt: {addr: '127.0.0.1:1'}\n  ws:\n    addr: 127.0.0.1:1\n",
      "line 4: listeners.ws.addr: 127.0.0.1:1 is the address of another listener",
    ],
    [
      "bans in the wrong order",
      "ban_seconds: 600\nban_seconds_max: 60",
      "line 2: ban_seconds_max: expected at least ban_seconds (600), got 60",
    ],
    ["a second document", "log_level: info\n---\nlog_level: warn", "line 2: a second document begins; expected one"],
    [
      "an alias of nothing",
      "log_level: *level",
      "aliases cannot be resolved: Unresolved alias (the anchor must be set before the alias): level",
    ],
    [
      "aliases that multiply",
      multiplyingAliases,
      "aliases cannot be resolved: Excessive alias count indicates a resource exhaustion attack",
    ],
  ];
  for (const [what, yaml, expected] of cases) {
    it(`is found for ${what}`, () => {
      assert.deepEqual(
        problems(() => load(yaml)),
        [expected],
      );
    });
  }

  it("is found where the YAML itself cannot be read", () => {
    const [first] = problems(() => load("log_level: info\nauth: [\n"));
    assert.match(first ?? "", /^line [23]: /);
  });

  it("never shows the secrets of scram_users", () => {
    const yaml = "scram_users:\n  u:\n    hashed_password: hunter2\n    iterations: 4096\n    salt: 73616c74\n";
    assert.deepEqual(
      problems(() => load(yaml)),
      ["line 3: scram_users.u.hashed_password: expected hexadecimal digits"],
    );
  });
});

describe("who may connect", () => {
  it("must be said when a listener can be reached from other machines", () => {
    const [line] = problems(() => load("listeners:\n  mqtt:\n    addr: 0.0.0.0:1883\n"));
    assert.match(line ?? "", /^auth\.enable: missing, and listeners\.mqtt can be reached from other machines/);
  });

  for (const addr of ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.1.2.3:1", "unix:/run/akasa.sock"]) {
    it(`is everyone on this machine if nothing is said and the listener is ${addr}`, () => {
      assert.equal(load(`listeners: {mqtt: {addr: "${addr}"}}`).config.auth.enable, false);
    });
  }

  it("is everyone from everywhere if that is said", () => {
    const yaml = "listeners:\n  mqtt:\n    addr: 0.0.0.0:1883\nauth:\n  enable: false\n";
    assert.equal(load(yaml).config.auth.enable, false);
  });
});

describe("an environment variable", () => {
  it("that would have to reach into a list is refused", () => {
    const yaml = "listeners:\n  mqtt:\n    - addr: 127.0.0.1:1\n";
    assert.deepEqual(
      problems(() => load(yaml, { AKASA_LISTENERS_MQTT_ADDR: "127.0.0.1:9" })),
      [
        "environment AKASA_LISTENERS_MQTT_ADDR: listeners.mqtt is a list in the file, and no variable reaches into a list",
      ],
    );
  });

  it("goes over the file", () => {
    assert.equal(load("max_allowed_qos: 1", { AKASA_MAX_ALLOWED_QOS: "2" }).config.max_allowed_qos, 2);
  });

  it("reaches a key whose name has underscores in a section", () => {
    const { config } = load("", { AKASA_AUTH_PASSWORD_FILE: "/etc/akasa/passwords" });
    assert.equal(config.auth.password_file, "/etc/akasa/passwords");
  });

  it("changes one key of the default listener and leaves the listener as it is", () => {
    const { config } = load("", { AKASA_LISTENERS_MQTT_REUSE_PORT: "true" });
    assert.partialDeepStrictEqual(config.listeners.mqtt, {
      addr: "127.0.0.1:1883",
      reuse_port: true,
      proxy_mode: null,
    });
  });

  it("switches on a listener beside the default one", () => {
    const { config } = load("", { AKASA_LISTENERS_HTTP_ADDR: "127.0.0.1:0" });
    assert.equal(config.listeners.http?.addr, "127.0.0.1:0");
    assert.partialDeepStrictEqual(config.listeners.mqtt, { addr: "127.0.0.1:1883" });
  });

  it("switches off a listener with null, before others set keys of it", () => {
    const env = { AKASA_LISTENERS_MQTT_ADDR: "127.0.0.1:9", AKASA_LISTENERS_MQTT: "null" };
    assert.partialDeepStrictEqual(load("", env).config.listeners.mqtt, { addr: "127.0.0.1:9" });
    const http = { AKASA_LISTENERS_HTTP: "null" };
    assert.equal(
      load("listeners: {mqtt: {addr: '[::1]:1'}, http: {addr: '[::1]:2'}}", http).config.listeners.http,
      null,
    );
  });

  it("takes a list", () => {
    assert.deepEqual(load("", { AKASA_SASL_MECHANISMS: "[SCRAM-SHA-256]" }).config.sasl_mechanisms, ["SCRAM-SHA-256"]);
  });

  it("that fits no key is an error with the nearest one", () => {
    const found = problems(() => load("", { AKASA_LISTENER_MQTT_ADDR: "127.0.0.1:1" }));
    const expected = "no key has this variable; did you mean AKASA_LISTENERS_MQTT_ADDR?";
    assert.deepEqual(found, [`environment AKASA_LISTENER_MQTT_ADDR: ${expected}`]);
  });

  it("with a wrong value is named in the error", () => {
    const found = problems(() => load("max_allowed_qos: 1", { AKASA_MAX_ALLOWED_QOS: "three" }));
    assert.deepEqual(found, [
      'environment AKASA_MAX_ALLOWED_QOS: max_allowed_qos: expected one of 0, 1, 2, got "three"',
    ]);
  });

  it("does not hide that the file has something else in its place", () => {
    const found = problems(() => load("auth: 1", { AKASA_AUTH_ENABLE: "false" }));
    assert.deepEqual(found, [
      "line 1: auth: expected a section with enable, allow_anonymous, password_file, jwt, got 1",
    ]);
  });

  it("of another program is none of our business", () => {
    assert.deepEqual(load("", { HOME: "/root", AKASAX: "1" }).config, defaultConfig());
  });
});

describe("a configuration made in a program", () => {
  it("is the defaults with the given settings over them", () => {
    const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } }, max_connections: 5 });
    assert.partialDeepStrictEqual(config.listeners.mqtt, { addr: "127.0.0.1:0" });
    assert.equal(config.max_connections, 5);
  });

  it("is checked as a file is", () => {
    const settings: ConfigSettings = JSON.parse('{"max_conections": 5}');
    assert.deepEqual(
      problems(() => createConfig(settings)),
      ["max_conections: unknown key; did you mean max_connections?"],
    );
  });

  it("does not change when the settings it was made from change", () => {
    const settings = { auth: { password_file: "a" } };
    const config = createConfig(settings);
    settings.auth.password_file = "b";
    assert.equal(config.auth.password_file, "a");
  });
});
