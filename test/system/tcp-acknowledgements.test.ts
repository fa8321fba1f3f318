import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";
import { whyNotNative } from "../../src/transport/contract/native-wire.ts";
import { startTestBroker } from "../kit/mod.ts";

const run = promisify(execFile);
const noPython = spawnSync("python3", ["--version"]).status === 0 ? undefined : "python3 is not installed";

/** Connects a client, publishes once at QoS 0, and pauses: so the kernel forgets that it was answered once. */
const connect = `
import socket, struct, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def publish(): s.sendall(b"\\x30\\x04\\x00\\x01am")
def tcp(offset): return struct.unpack_from("I", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), offset)[0]
s.sendall(b"\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x00\\x00\\x02py")
s.recv(4)
publish()
time.sleep(0.2)
`;

/** Publishes 400 messages, one every 2 ms, and prints how many segments came back (tcpi_segs_in). */
const quick = `${connect}
for _ in range(400):
    publish()
    time.sleep(0.002)
print(tcp(140))
`;

/** Publishes 400 messages, each when TCP has acknowledged the last (tcpi_unacked); prints how often that took long. */
const patient = `${connect}
late = 0
for _ in range(400):
    publish()
    sent = time.monotonic()
    while tcp(24) > 0: time.sleep(0.001)
    if time.monotonic() - sent > 0.03: late += 1
print(late)
`;

async function publishing(program: string, port: number): Promise<number> {
  const { stdout } = await run("python3", ["-c", program, String(port)]);
  return Number(stdout);
}

for (const transport of ["io_uring", "epoll"] as const) {
  const skip = whyNotNative(transport) ?? noPython ?? false;

  it(`one TCP acknowledgement for two messages of who publishes quickly (${transport})`, { skip }, async () => {
    await using broker = await startTestBroker({ transport });
    const segments = await publishing(quick, broker.port);
    // One for each would be more than 400; where the machine pauses there are more than 200.
    assert.ok(segments > 100 && segments < 380, `${segments} segments`);
  });

  it(
    `who waits for TCP's acknowledgements, as Nagle's algorithm does, rarely waits long (${transport})`,
    { skip },
    async () => {
      await using broker = await startTestBroker({ transport });
      // After 8 in a row, then 16, 32, 64, 128; after every 8 it would be 44 times.
      const late = await publishing(patient, broker.port);
      assert.ok(late <= 15, `${late} times`);
    },
  );
}
