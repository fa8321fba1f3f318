import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { it } from "node:test";
import { fanOut } from "./contract/packets.ts";
import { RecordingOwner } from "./contract/recording-owner.ts";
import { newTurn } from "./contract/wire.ts";
import { listenNode } from "./node-listener.ts";

it("of a crowd that speaks at once the first are answered before the last are heard", async () => {
  const crowd = 100;
  const turn = newTurn();
  const accepted = Promise.withResolvers<void>();
  const heardBefore: number[] = [];
  let open = 0;
  let heard = 0;
  const listener = await listenNode({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    turn,
    accept: (channel) => {
      const owner = new RecordingOwner();
      owner.onReceived = (bytes) => {
        heard++;
        fanOut(turn, [channel], bytes);
      };
      const write = channel.write.bind(channel);
      channel.write = (bytes) => {
        heardBefore.push(heard);
        return write(bytes);
      };
      if (++open === crowd) accepted.resolve();
      return owner;
    },
  });
  const sockets = Array.from({ length: crowd }, () => connect(listener.port, "127.0.0.1"));
  await accepted.promise;
  const answers = sockets.map((socket) => once(socket, "data"));
  // In one turn of this loop, so that the listener finds them together in its next.
  for (const socket of sockets) socket.write("x");
  await Promise.all(answers);
  assert.equal(heardBefore.length, crowd);
  assert.ok((heardBefore[0] as number) <= 32, `${heardBefore[0]} were heard first`);
  assert.ok((heardBefore[crowd - 1] as number) > 32);
  for (const socket of sockets) socket.destroy();
  await listener.close();
});
