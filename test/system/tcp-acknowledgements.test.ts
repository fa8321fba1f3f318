import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { whyNotNative } from "../../src/transport/contract/native-wire.ts";
import { RawClient, startTestBroker } from "../kit/mod.ts";

const run = promisify(execFile);
const noPython = spawnSync("python3", ["--version"]).status === 0 ? undefined : "python3 is not installed";

/**
 * Publishes 400 messages of QoS 0, one every 2 ms, and prints how many segments came back: in Linux's TCP_INFO the
 * number of 32 bits at 140. The pause in front of them makes the kernel forget that there were answers once.
 */
const publisher = `
import socket, struct, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.sendall(b"\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x00\\x00\\x02py")
s.recv(4)
s.sendall(b"\\x30\\x04\\x00\\x01am")
time.sleep(0.2)
for _ in range(400):
    s.sendall(b"\\x30\\x04\\x00\\x01am")
    time.sleep(0.002)
print(struct.unpack_from("I", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), 140)[0])
`;

for (const transport of ["io_uring", "epoll"] as const) {
  const skip = whyNotNative(transport) ?? false;

  it(
    `one TCP acknowledgement for two messages of who publishes quickly (${transport})`,
    { skip: skip || noPython },
    async () => {
      await using broker = await startTestBroker({ transport });
      const { stdout } = await run("python3", ["-c", publisher, String(broker.port)]);
      const segments = Number(stdout);
      // One for each would be more than 400; where the machine pauses there are more than 200.
      assert.ok(segments > 100 && segments < 380, `${segments} segments`);
    },
  );

  it(`a publisher that leaves Nagle's algorithm on is not held up for long (${transport})`, { skip }, async () => {
    await using broker = await startTestBroker({ transport });
    const subscriber = await RawClient.connected(broker, 4);
    await subscriber.subscribe("a");
    const count = 2000;
    const socket = connect(broker.port, "127.0.0.1").setNoDelay(false);
    socket.write(Buffer.from("100e00044d5154540402000000027079", "hex"));
    const began = performance.now();
    for (let sent = 0; sent < count; sent++) {
      socket.write("\x30\x04\x00\x01am", "latin1");
      await turn();
    }
    for (let received = 0; received < count; received++) await subscriber.next("publish");
    socket.destroy();
    // Held up for 40 ms at every second message it would take 40 s.
    assert.ok(performance.now() - began < 10_000);
  });
}
