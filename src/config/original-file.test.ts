import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { loadConfig } from "./load-config.ts";
import { temporaryFolder } from "../../test/kit/temporary-folder.ts";

/** What `akasa default-config` of the original prints, with comments of its manual and a HTTP listener. */
const original = `---
# Network Listeners
listeners:
  # (optional) Listen on TCP socket
  mqtt:
    addr: 127.0.0.1:1883
    reuse_port: true
    # null, Normal or TlsTermination
    proxy_mode: ~
  mqtts: null
  ws: null
  wss: null
  http:
    addr: 127.0.0.1:8881
    reuse_port: false
    prometheus: true
auth:
  enable: true
  password_file: /path/to/passwords/file
  jwt:
    secrets_file: /path/to/secrets/jwt.yaml
scram_users:
  user:
    hashed_password: 2a2a2a
    iterations: 4096
    salt: 73616c74
sasl_mechanisms:
- SCRAM-SHA-256

check_v310_client_id_length: false
shared_subscription_mode: Random
max_allowed_qos: 2
inflight_timeout: 15
max_inflight_client: 10
max_inflight_server: 10
max_in_mem_pending_messages: 256
max_in_db_pending_messages: 65536
min_keep_alive: 10
max_keep_alive: 65535
multiple_subscription_id_in_publish: false
max_session_expiry_interval: 4294967295
max_packet_size_client: 268435460
max_packet_size_server: 268435460
topic_alias_max: 65535
retain_available: true
shared_subscription_available: true
subscription_id_available: true
wildcard_subscription_available: true
# The value indicate whether call certain hook function
hook:
  enable_before_connect: true
  enable_after_connect: true
  enable_after_disconnect: true
  enable_publish: true
  enable_subscribe: true
  enable_unsubscribe: false
`;

function loadOriginal() {
  const file = join(temporaryFolder("config"), "original.yaml");
  writeFileSync(file, original);
  return loadConfig({ file, env: {} });
}

describe("a configuration file of the Rust original", () => {
  it("is accepted unchanged, with all its values", () => {
    const { config } = loadOriginal();
    assert.partialDeepStrictEqual(config.listeners.mqtt, {
      addr: "127.0.0.1:1883",
      reuse_port: true,
      proxy_mode: null,
    });
    assert.equal(config.listeners.http?.addr, "127.0.0.1:8881");
    assert.equal(config.auth.password_file, "/path/to/passwords/file");
    assert.equal(config.max_in_mem_pending_messages, 256);
    assert.equal(config.max_in_db_pending_messages, 65536);
    assert.equal(config.max_session_expiry_interval, 4294967295);
    assert.equal(config.max_packet_size_server, 268435460);
    assert.equal(config.multiple_subscription_id_in_publish, false);
  });

  it("gives a warning, with line and advice, for each key that does nothing here, and for no other", () => {
    const { warnings } = loadOriginal();
    assert.deepEqual(
      warnings.map((warning) => warning.key),
      ["auth.jwt.secrets_file", "inflight_timeout"],
    );
    const lines = original.split("\n");
    for (const { key, line } of warnings) {
      assert.match(lines[(line ?? 0) - 1] ?? "", new RegExp(`^ *${key.split(".").at(-1)}:`));
    }
    const advice = warnings.find((warning) => warning.key === "inflight_timeout")?.message;
    assert.match(advice ?? "", /^no effect: .*are sent again when the client reconnects\. Remove the key$/);
  });

  it("may lack the key that the original's own manual forgets", () => {
    const file = join(temporaryFolder("config"), "original.yaml");
    writeFileSync(file, original.replace(/ +enable_after_disconnect: true\n/, ""));
    assert.equal(loadConfig({ file, env: {} }).config.hook.enable_after_disconnect, true);
  });
});
