import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { SeededRandom } from "../../src/base/mod.ts";
import { malformedPackets } from "../../src/codec/vectors/malformed.ts";
import { packetVectors } from "../../src/codec/vectors/packets.ts";
import { packets, RawClient, type Version } from "../kit/mod.ts";
import { versions } from "./protocol-versions.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const corpus = [...packetVectors, ...malformedPackets].map(({ hex }) => Buffer.from(hex, "hex"));

/** AKASA_FUZZ_SEED repeats a run, AKASA_FUZZ_STREAMS makes it longer. */
const seed = Number(process.env["AKASA_FUZZ_SEED"] ?? 20_240_601);
const streamCount = Number(process.env["AKASA_FUZZ_STREAMS"] ?? 400);

type StreamMaker = (random: SeededRandom) => Buffer;

const anyBytes: StreamMaker = (random) => {
  const bytes = Buffer.alloc(1 + random.below(2000));
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.below(256);
  return bytes;
};

/** Packets of all versions behind each other, some of them with a bit turned over, cut short or repeated. */
const brokenPackets: StreamMaker = (random) => {
  const parts: Buffer[] = [];
  for (let count = 1 + random.below(20); count > 0; count -= 1) {
    const packet = Buffer.from(corpus[random.below(corpus.length)] as Buffer);
    const way = random.below(6);
    if (way === 0 && packet.length > 0) {
      const at = random.below(packet.length);
      packet[at] = (packet[at] as number) ^ (1 << random.below(8));
    }
    if (way === 1) parts.push(packet);
    parts.push(way === 2 ? packet.subarray(0, random.below(packet.length + 1)) : packet);
  }
  return Buffer.concat(parts);
};

const connected =
  (version: Version, rest: StreamMaker): StreamMaker =>
  (random) =>
    Buffer.concat([
      packets.connect({ version, clientId: `fuzz${random.below(20)}`, cleanStart: random.below(2) === 0 }),
      rest(random),
    ]);

/** Sends a stream in pieces of any size, does not care what comes back, and ends in one of three ways. */
async function attack({ host, port }: RunningBroker, stream: Buffer, random: SeededRandom): Promise<void> {
  const socket = net.connect({ host, port, noDelay: true });
  // The broker may end it at any time; that is what it is for.
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.resume();
  const closed = once(socket, "close");
  for (let at = 0; at < stream.length && !socket.destroyed;) {
    const end = Math.min(stream.length, at + 1 + random.below(600));
    const piece = stream.subarray(at, end);
    await new Promise((resolve) => {
      socket.write(piece, resolve);
    });
    at = end;
  }
  const way = random.below(3);
  if (way === 0) socket.resetAndDestroy();
  else if (way === 1) socket.destroy();
  else socket.end();
  // A connection that is half closed the broker closes in its turn.
  await closed;
}

const makers: readonly (readonly [string, StreamMaker])[] = [
  ["random bytes", anyBytes],
  ["broken packets", brokenPackets],
  ...versions.flatMap((version) => [
    [`random bytes behind a CONNECT of level ${version}`, connected(version, anyBytes)] as const,
    [`broken packets behind a CONNECT of level ${version}`, connected(version, brokenPackets)] as const,
  ]),
];

for (const [what, make] of makers) {
  scenario(
    `${what} leave the broker at work and without a bug in its log (seed ${seed})`,
    async () => {
      await using broker = await startRunningBroker();
      const random = new SeededRandom(seed);
      const witness = await RawClient.connected(broker, 5);
      await witness.subscribe("witness/private", { qos: 2 });
      for (let count = 0; count < streamCount; count += 10) {
        const attacks = Array.from({ length: 10 }, () => attack(broker, make(random), random));
        await Promise.all(attacks);
        await witness.publishAcked("witness/private", `${count}`, { qos: 2 });
        assert.equal((await witness.receive()).payload.toString(), `${count}`);
      }
      const bugs = (await broker.logged()).filter(({ level }) => level === "error");
      assert.deepEqual(bugs, []);
      await witness.ping();
    },
    { within: 300_000 },
  );
}
