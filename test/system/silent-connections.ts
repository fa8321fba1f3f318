// A program of its own: opens very many connections that say nothing, or the first byte of a CONNECT, and keeps them.
// It prints "open N" when N of them are open and "closed N" when the broker has closed them all, and ends when its
// standard input does.
import net from "node:net";

const [port = "0", count = "0"] = process.argv.slice(2);
const wanted = Number(count);
const sockets = new Set<net.Socket>();
/** So many are on their way at the same time: the door of a server holds a few thousand. */
const atOnce = 200;
let started = 0;
let open = 0;
let closed = 0;

function next(): void {
  if (started === wanted) return;
  const half = started++ % 2 === 0;
  const socket = net.connect({ host: "127.0.0.1", port: Number(port) });
  sockets.add(socket);
  socket.on("connect", () => {
    // Every other one begins a CONNECT that never ends.
    if (half) socket.write(Buffer.from([0x10, 0x7f]));
    open++;
    if (open === wanted) process.stdout.write(`open ${open}\n`);
    next();
  });
  socket.on("error", (error) => process.stderr.write(`${error.message}\n`));
  socket.resume().on("close", () => {
    sockets.delete(socket);
    if (++closed === wanted) process.stdout.write(`closed ${closed}\n`);
  });
}

for (let index = 0; index < atOnce; index++) next();
process.stdin.resume().on("end", () => process.exit(0));
