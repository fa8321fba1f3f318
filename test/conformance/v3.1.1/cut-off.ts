import assert from "node:assert/strict";
import { closedWithinMilliseconds, openStream, RawClient, type Target } from "../../kit/mod.ts";

/** Connects a 3.1.1 client that sends `bytes`: the broker closes its connection and answers nothing. */
export async function expectCutOff(broker: Target, bytes: Buffer): Promise<void> {
  const client = await RawClient.connected(broker, 4);
  client.send(bytes);
  try {
    assert.deepEqual(await client.expectClosed(), []);
  } catch (cause) {
    throw new Error(`after ${bytes.toString("hex", 0, 32)}`, { cause });
  }
}

/**
 * All bytes, as hexadecimal digits, that the broker sends to a new connection on which `bytes` came, until it closes
 * it. Nothing is decoded: for answers whose form is part of the question.
 */
export async function answerUntilClosed(broker: Target, bytes: Buffer): Promise<string> {
  const { stream, socket } = await openStream(broker);
  const received: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => received.push(chunk));
  // A reset ends the connection as well; "close" follows it.
  stream.on("error", () => {});
  stream.write(bytes);
  const closed = await new Promise<boolean>((resolve) => {
    stream.once("close", () => resolve(true));
    socket.setTimeout(closedWithinMilliseconds, () => resolve(false));
  });
  stream.destroy();
  socket.destroy();
  const answer = Buffer.concat(received).toString("hex");
  assert.ok(closed, `still open after ${bytes.toString("hex", 0, 32)}; answered ${answer || "nothing"}`);
  return answer;
}
