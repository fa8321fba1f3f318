import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { openNative, whyNotNative } from "./contract/native-wire.ts";
import { fanOut, patterned } from "./contract/packets.ts";
import { loopback, openSockets, turnsOver } from "./contract/wire.ts";

const program = fileURLToPath(new URL("contract/echo-program.ts", import.meta.url));

interface EchoProcess extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
  /** Resolves with the next line that fits. */
  line(pattern: RegExp): Promise<string>;
}

function lineOf(lines: Interface, pattern: RegExp): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  lines.on("line", (line) => {
    if (pattern.test(line)) resolve(line);
  });
  return promise;
}

async function startEcho(wanted: object, wrapper: readonly string[] = []): Promise<EchoProcess> {
  const [command, ...words] = [...wrapper, process.execPath, program, JSON.stringify({ port: 0, ...wanted })];
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const port = Number((await lineOf(lines, /^port /)).slice("port ".length));
  return {
    port,
    child,
    line: (pattern) => lineOf(lines, pattern),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Whether the other side answers `text`; false where it closes instead. */
async function answers(socket: Socket, text: string): Promise<boolean> {
  // A reset is an answer too: `once` rejects with it.
  const listening = new AbortController();
  const { signal } = listening;
  const come = [once(socket, "data", { signal }), once(socket, "close", { signal }).then(() => null)];
  const answer = Promise.race(come).catch(() => null);
  socket.write(text);
  const data = await answer;
  listening.abort();
  return data !== null && String(data[0]) === text;
}

for (const backend of ["epoll", "io_uring"] as const) {
  describe(`the native transport over ${backend}`, { skip: whyNotNative(backend) ?? false }, () => {
    it("keeps the process alive while it listens, and lets it end afterwards", async () => {
      await using echo = await startEcho({ backend });
      const exit = once(echo.child, "exit");
      const socket = await open(echo.port);
      assert.ok(await answers(socket, "still here"));
      const left = echo.line(/no longer listening/);
      echo.child.kill("SIGTERM");
      await left;
      assert.ok(await answers(socket, "open connections go on"));
      socket.destroy();
      assert.deepEqual(await exit, [0, null]);
    });

    it("loses nobody's bytes where one owner throws, and the error reaches the process", async () => {
      await using echo = await startEcho({ backend, throwsAt: "!".charCodeAt(0) });
      const told = echo.line(/uncaught: an owner that throws/);
      const [one, two] = [await open(echo.port), await open(echo.port)];
      one.write("!");
      assert.ok(await answers(two, "hello"));
      await told;
      assert.ok(await answers(one, "again"));
      for (const socket of [one, two]) socket.destroy();
    });

    it("takes together what comes under load, where that is asked for", async () => {
      const rounds = 400;
      await using echo = await startEcho({ backend, gatherMicroseconds: 10_000 });
      const sockets = await Promise.all(Array.from({ length: 8 }, () => open(echo.port)));
      const answered = sockets.map(async (socket) => {
        let length = 0;
        for await (const bytes of socket) if ((length += (bytes as Buffer).length) === rounds) return;
      });
      for (let round = 0; round < rounds; round++) {
        for (const socket of sockets) socket.write("x");
        await turn();
      }
      await Promise.all(answered);
      const told = echo.line(/wake-ups/);
      echo.child.kill("SIGTERM");
      const wakeUps = Number(/(\d+) wake-ups/.exec(await told)?.[1]);
      // Without it there are a hundred or more.
      assert.ok(wakeUps > 0 && wakeUps <= rounds / 10, `${wakeUps} wake-ups`);
    });

    const waits = backend === "epoll" ? "epoll waits for the clock alone" : false;
    it("learns that clients who wait for an answer send no more before they have it", { skip: waits }, async () => {
      const [rounds, milliseconds] = [1000, 10];
      await using echo = await startEcho({ backend, gatherMicroseconds: milliseconds * 1000 });
      const sockets = await Promise.all(Array.from({ length: 4 }, () => open(echo.port)));
      const began = performance.now();
      for (let round = 0; round < rounds; round++) {
        const answered = await Promise.all(sockets.map((socket) => answers(socket, "x")));
        assert.ok(answered.every(Boolean));
      }
      // Half of the least that it would take if each round waited.
      assert.ok(performance.now() - began < (rounds * milliseconds) / 2);
    });

    it("runs in several threads that share a port, and ends with a thread that is ended abruptly", async () => {
      await using first = await startEcho({ backend });
      const { port } = first;
      const workers = [];
      for (let count = 0; count < 3; count++) {
        const worker = new Worker(program, { workerData: { backend, port: 0 } });
        const [own] = (await once(worker, "message")) as [number];
        const socket = await open(own);
        assert.ok(await answers(socket, `thread ${count}`));
        workers.push({ worker, socket });
      }
      assert.ok(await answers(await open(port), "the process beside them"));
      for (const { worker, socket } of workers) {
        const closed = once(socket, "close");
        await worker.terminate();
        socket.resume();
        await closed;
      }
    });

    it("lets listeners of several threads share a port where that is asked for", async () => {
      const worker = async (port: number): Promise<[Worker, number]> => {
        const thread = new Worker(program, { workerData: { backend, port } });
        const [own] = (await once(thread, "message")) as [number];
        return [thread, own];
      };
      const [probe, free] = await worker(0);
      await probe.terminate();
      const threads = [await worker(free), await worker(free)];
      assert.deepEqual(
        threads.map(([, port]) => port),
        [free, free],
      );
      assert.ok(await answers(await open(free), "one of them"));
      for (const [thread] of threads) await thread.terminate();
    });

    it("tells a client at once where the process has no descriptor left, and takes others when it has", async () => {
      await using echo = await startEcho({ backend }, ["prlimit", "--nofile=60:60"]);
      const sockets: Socket[] = [];
      let refused = 0;
      while (refused === 0 && sockets.length < 100) {
        const socket = await open(echo.port);
        if (await answers(socket, "x")) sockets.push(socket);
        else refused++;
      }
      assert.equal(refused, 1, `${sockets.length} connections were served`);
      assert.ok(sockets.length > 5);
      const closing = sockets.splice(0, 3);
      for (const socket of closing) socket.end();
      await Promise.all(closing.map((socket) => once(socket, "close")));
      const late = await open(echo.port);
      assert.ok(await answers(late, "there is room again"));
      for (const socket of [...sockets, late]) socket.destroy();
    });

    it("refuses connections beyond its slots, and uses slots again", async () => {
      await using wire = await openSockets(loopback, openNative({ backend, connectionsMax: 2 }));
      const [one, two] = [await wire.connect(), await wire.connect()];
      const third = wire.knock();
      await third.inbox.until(() => third.inbox.ended);
      one.peer.destroy();
      await one.owner.until(() => one.owner.closed > 0);
      const again = await wire.connect();
      again.peer.send(patterned(100, 1));
      await again.owner.until(() => again.owner.length === 100);
      two.peer.send(patterned(50, 1));
      await two.owner.until(() => two.owner.length === 50);
    });

    it("pins no receive buffer for idle connections", async () => {
      const scarce = { areaBytes: 16 * 1024, receiveBuffers: 4, ringEntries: 8 };
      await using wire = await openSockets(loopback, openNative({ backend, ...scarce }));
      const idle = [];
      for (let count = 0; count < 64; count++) idle.push(await wire.connect());
      const { owner, peer } = await wire.connect();
      peer.send(patterned(1_000_000, 1));
      await owner.until(() => owner.length === 1_000_000);
      assert.ok(owner.received.equals(patterned(1_000_000, 1)));
      assert.ok(idle.every((stream) => stream.owner.length === 0));
    });

    it("reads what a peer had sent before it left, though writing to it fails", async () => {
      await using wire = await openSockets(loopback, openNative({ backend }));
      const { channel, owner, peer } = await wire.connect();
      peer.send(patterned(10, 0));
      await owner.until(() => owner.length === 10);
      channel.pause();
      await turnsOver();
      peer.send(patterned(30_000, 1));
      await turnsOver();
      // Our bytes, which it does not read, make the peer's system answer with a reset.
      fanOut(wire.turn, [channel], patterned(1000, 2));
      await peer.inbox.until(() => peer.inbox.length === 1000);
      peer.destroy();
      await turnsOver();
      for (let count = 0; count < 3; count++) {
        fanOut(wire.turn, [channel], patterned(1000, 3));
        await turnsOver();
      }
      assert.equal(owner.closed, 0);
      channel.resume();
      await owner.until(() => owner.closed > 0);
      assert.equal(owner.cause !== null, true);
      assert.equal(channel.waitingBytes, 0);
    });

    it("tells who the peer was, also when it has gone", async () => {
      await using wire = await openSockets(loopback, openNative({ backend }));
      const { channel, owner, peer } = await wire.connect();
      const told = Promise.withResolvers<string>();
      const onClosed = owner.onClosed.bind(owner);
      owner.onClosed = (cause) => {
        told.resolve(channel.remoteAddress);
        onClosed(cause);
      };
      peer.destroy();
      assert.match(await told.promise, /^127\.0\.0\.1:\d+$/);
    });
  });
}
