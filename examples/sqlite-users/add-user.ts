// Adds a user, or gives it another password: node add-user.ts DATABASE NAME PASSWORD
import { randomBytes, scryptSync } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

const [file, name, password] = process.argv.slice(2);
if (file === undefined || name === undefined || password === undefined) {
  console.error("node add-user.ts DATABASE NAME PASSWORD");
  process.exit(64);
}
const database = new DatabaseSync(file);
database.exec("create table if not exists users (name text primary key, salt blob not null, hash blob not null)");
const salt = randomBytes(16);
database
  .prepare("insert or replace into users (name, salt, hash) values (?, ?, ?)")
  .run(name, salt, scryptSync(password, salt, 32));
database.close();
