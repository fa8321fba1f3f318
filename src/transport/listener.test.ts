import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type Peer, WorldError, type WorldErrorCode } from "../base/mod.ts";
import { openNative, whyNotNative } from "./contract/native-wire.ts";
import { RecordingOwner } from "./contract/recording-owner.ts";
import { newTurn, unixPath } from "./contract/wire.ts";
import type { Channel } from "./channel.ts";
import type { Accept, ListenAddress, Listener } from "./listener.ts";
import { listenNode } from "./node-listener.ts";
import { nodeTransport, type Transport } from "./transport.ts";

interface Kind {
  readonly name: string;
  readonly skip?: string | undefined;
  open(): Transport;
}

const kinds: readonly Kind[] = [
  { name: "node:net, one receive area", open: () => nodeTransport },
  {
    name: "node:net, streams",
    open: () => ({ ...nodeTransport, listen: (options) => listenNode({ ...options, reading: "stream" }) }),
  },
  { name: "epoll", skip: whyNotNative("epoll"), open: () => openNative({ backend: "epoll" }) },
  { name: "io_uring", skip: whyNotNative("io_uring"), open: () => openNative({ backend: "io_uring" }) },
];

for (const kind of kinds) {
  describe(`a listener of ${kind.name}`, { skip: kind.skip ?? false }, () => reportsAndListens(kind));
}

function failsWith(code: WorldErrorCode, text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof WorldError && error.code === code && text.test(error.message);
}

function reportsAndListens(kind: Kind): void {
  const listen = async (address: ListenAddress, accept: Accept = () => new RecordingOwner()): Promise<Listener> => {
    const transport = kind.open();
    try {
      const listener = await transport.listen({ address, turn: newTurn(), accept });
      const close = (): Promise<void> => listener.close().then(() => transport.close());
      return { address: listener.address, port: listener.port, close };
    } catch (error) {
      transport.close();
      throw error;
    }
  };

  it("a port in use is reported with its address and what to do", async () => {
    const first = await listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const second = listen({ kind: "tcp", host: "127.0.0.1", port: first.port });
    await assert.rejects(second, failsWith("address_in_use", new RegExp(`127\\.0\\.0\\.1:${first.port} is in use`)));
    await first.close();
  });

  it("an address of another machine is reported as not available", async () => {
    const listening = listen({ kind: "tcp", host: "192.0.2.1", port: 0 });
    await assert.rejects(listening, failsWith("address_not_available", /192\.0\.2\.1/));
  });

  it("a path in a folder that does not exist is reported with the folder as a cause", async () => {
    const listening = listen({ kind: "unix", path: "/nonexistent/akasa.sock" });
    await assert.rejects(
      listening,
      failsWith("permission_denied", /\/nonexistent\/akasa\.sock: its folder does not exist/),
    );
  });

  it("a path in use is reported, and the other server keeps it", async () => {
    const path = unixPath();
    const first = await listen({ kind: "unix", path });
    await assert.rejects(listen({ kind: "unix", path }), failsWith("address_in_use", /in use/));
    assert.equal(first.address, `unix:${path}`);
    assert.equal(first.port, 0);
    await first.close();
    assert.equal(existsSync(path), false);
  });

  it("a socket that a killed process left behind does not keep the next one from listening", async () => {
    const path = unixPath();
    const program = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", program]);
    assert.ok(lstatSync(path).isSocket());
    const listener = await listen({ kind: "unix", path });
    await listener.close();
  });

  it("a file that is no socket is not removed, and reported as in use", async () => {
    const path = unixPath();
    writeFileSync(path, "mine");
    await assert.rejects(listen({ kind: "unix", path }), failsWith("address_in_use", /in use/));
    assert.equal(readFileSync(path, "utf8"), "mine");
    rmSync(path);
  });

  it("a Unix socket has the permissions that were asked for", async () => {
    const path = unixPath();
    const listener = await listen({ kind: "unix", path, mode: 0o620 });
    assert.equal(lstatSync(path).mode & 0o777, 0o620);
    await listener.close();
  });

  it("the port that the system chose is told, and free again after the listener is closed", async () => {
    const listener = await listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    assert.equal(listener.address, `127.0.0.1:${listener.port}`);
    await listener.close();
    const other = createServer();
    await new Promise<void>((resolve, reject) => {
      other.once("error", reject);
      other.listen(listener.port, "127.0.0.1", resolve);
    });
    other.close();
  });

  it("an IPv6 address may name its interface", async (context) => {
    const listener = await listen({ kind: "tcp", host: "::1%lo", port: 0 }).catch(() => null);
    if (listener === null) return context.skip("this machine has no IPv6");
    const socket = connect(listener.port, "::1");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.destroy();
    return listener.close();
  });

  it("an IPv6 address stands in brackets", async (context) => {
    const listener = await listen({ kind: "tcp", host: "::1", port: 0 }).catch(() => null);
    if (listener === null) return context.skip("this machine has no IPv6");
    assert.equal(listener.address, `[::1]:${listener.port}`);
    return listener.close();
  });

  it("a connection that the broker refuses is closed at once", async () => {
    const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const listener = await listen(address, () => null);
    const socket = connect(listener.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    await listener.close();
  });

  it("a peer of whom nobody asked before it had gone is unknown, and not taken for one of a Unix socket", async () => {
    const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const accepted = Promise.withResolvers<Channel>();
    const owner = new RecordingOwner();
    const listener = await listen(address, (channel) => {
      accepted.resolve(channel);
      return owner;
    });
    const socket = connect(listener.port, "127.0.0.1");
    socket.on("error", () => {});
    const channel = await accepted.promise;
    socket.resetAndDestroy();
    await owner.until(() => owner.closed > 0);
    assert.equal(channel.peer.address, "unknown");
    await listener.close();
  });

  it("a channel tells where its peer is", async () => {
    const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const seen = Promise.withResolvers<[string, Peer]>();
    const owner = new RecordingOwner();
    const listener = await listen(address, (channel) => {
      seen.resolve([channel.remoteAddress, channel.peer]);
      owner.onEnded = () => channel.end();
      return owner;
    });
    const socket = connect(listener.port, "127.0.0.1");
    const [remote, { address: host, port, proxy, tls, certificate, identity }] = await seen.promise;
    assert.equal(remote, `127.0.0.1:${socket.localPort}`);
    assert.deepEqual([host, port], ["127.0.0.1", socket.localPort]);
    assert.deepEqual([proxy, tls, certificate, identity], [null, null, null, null]);
    socket.end();
    socket.resume();
    await owner.until(() => owner.closed > 0);
    await listener.close();
  });
}
