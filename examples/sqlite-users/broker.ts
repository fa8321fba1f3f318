// Users in an SQLite database: node broker.ts [port] [database]
import { scrypt, timingSafeEqual } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

import { accept, createBroker, defineHooks, ReasonCode, refuse } from "akasa";

const [port = "1883", file = "users.db"] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec("create table if not exists users (name text primary key, salt blob not null, hash blob not null)");
const find = database.prepare("select salt, hash from users where name = ?");
// The work of scrypt is done beside the event loop; the hook waits, and with it only the client that connects.
const derive = promisify<string | Buffer, Uint8Array, number, Buffer>(scrypt);
const nobody = { salt: Buffer.alloc(16), hash: Buffer.alloc(32) };

const hooks = defineHooks({
  name: "SQLite users",
  async authenticate({ userName, password }) {
    const user = (find.get(userName ?? "") ?? nobody) as typeof nobody;
    // Also where there is no such user: how long an answer takes must not tell.
    const hash = await derive(password ?? "", user.salt, 32);
    const right = timingSafeEqual(hash, user.hash) && user !== nobody;
    return right ? accept({ userName }) : refuse(ReasonCode.badUserNameOrPassword, "unknown user or wrong password");
  },
  stop() {
    database.close();
  },
});

const broker = createBroker({ listeners: { mqtt: { addr: `127.0.0.1:${port}` } } }, { hooks });
await broker.start();
console.log(`listening on ${broker.listeners[0]?.address}`);
process.once("SIGTERM", () => void broker.stop());
process.once("SIGINT", () => void broker.stop());
