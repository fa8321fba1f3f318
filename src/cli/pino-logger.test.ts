import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createPinoLogger, type PinoLoggerOptions } from "./pino-logger.ts";

function logged(
  options: Partial<PinoLoggerOptions>,
  run: (logger: ReturnType<typeof createPinoLogger>) => void,
): string[] {
  const lines: string[] = [];
  run(createPinoLogger({ level: "info", format: "text", nodeId: "n1", write: (line) => lines.push(line), ...options }));
  return lines;
}

describe("the log", () => {
  it("for people has time, level, sentence and fields in one line", () => {
    const [line] = logged({}, (logger) => logger.warn("port is odd", { port: 1883, name: "mqtt", gone: null }));
    assert.match(line ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN  port is odd port=1883 name=mqtt gone=null\n$/);
  });

  it("for collectors is one JSON object a line, with the name of the node", () => {
    const [line] = logged({ format: "json" }, (logger) => logger.info("listening", { port: 1883 }));
    const { time, ...entry } = JSON.parse(line ?? "");
    assert.deepEqual(entry, { level: "info", node: "n1", port: 1883, msg: "listening" });
    assert.ok(Date.parse(time) > 0);
  });

  it("leaves out what is less serious than its level", () => {
    const lines = logged({ level: "warn" }, (logger) => {
      logger.debug("a");
      logger.info("b");
      logger.warn("c");
      logger.error("d");
    });
    assert.deepEqual(
      lines.map((line) => line.trim().at(-1)),
      ["c", "d"],
    );
  });

  it("puts a value with spaces in quotes", () => {
    const [line] = logged({}, (logger) => logger.info("x", { reason: 'say "no"' }));
    assert.match(line ?? "", /reason="say \\"no\\""\n$/);
  });

  it("lets no client begin a line or speak to the terminal", () => {
    const [line = ""] = logged({}, (logger) =>
      logger.info("x", { clientId: "a\nERROR forged \u001b[31m\u009b31m\u2028" }),
    );
    assert.equal(line.split("\n").length, 2);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(line.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u2028]/);
  });
});
