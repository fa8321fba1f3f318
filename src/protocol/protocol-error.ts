import type { ReasonCode } from "./reason-code.ts";

/**
 * What a peer did wrong, or may not do: the reason code to answer with, the rule that was broken, and a sentence for
 * the Reason String. Thrown by the codec and below `connection/`, which catches it in one place, answers, counts and
 * closes. It has no stack: peers cause it at will, and a stack costs more than the packet.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly reasonCode: ReasonCode;
  /** The number of the normative statement, e.g. `MQTT-3.3.1-4`, or a section such as `3.1.2.11`. */
  readonly rule: string;

  constructor(reasonCode: ReasonCode, rule: string, message: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.reasonCode = reasonCode;
    this.rule = rule;
  }
}
