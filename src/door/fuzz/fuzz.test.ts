import assert from "node:assert/strict";
import { test } from "node:test";
import { run as proxyHeader } from "./proxy-header.ts";
import { run as webSocketSplit } from "./websocket-split.ts";

// A short run with a fixed seed beside each build; long runs with other seeds are started from the command line.
const seed = 20_260_101;

test("any bytes are a PROXY header or refused, however they are cut", () => {
  assert.equal(proxyHeader({ seed, runs: 2000 }), 2000);
});

test("MQTT arrives whole through WebSocket frames that are cut anywhere", () => {
  assert.equal(webSocketSplit({ seed, runs: 100 }), 100);
});
