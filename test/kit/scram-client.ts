import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import * as packets from "./packet-writer.ts";
import { prop, type Property } from "./property-table.ts";
import type { RawClient } from "./raw-client.ts";
import { type ConnackPacket, property, type ServerPacket } from "./server-packet.ts";

/** Who a SCRAM client says it is. */
export interface ScramLogin {
  readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly userName: string;
  readonly password: string;
}

/** The client's side of SCRAM (RFC 5802), message by message, so that a test can say any of them wrongly. */
export class ScramDialogue {
  readonly login: ScramLogin;
  readonly #nonce = randomBytes(12).toString("base64");
  #signature = "";

  constructor(login: ScramLogin) {
    this.login = login;
  }

  get #bare(): string {
    const escaped = this.login.userName.replaceAll("=", "=3D").replaceAll(",", "=2C");
    return `n=${escaped},r=${this.#nonce}`;
  }

  first(): Buffer {
    return Buffer.from(`n,,${this.#bare}`);
  }

  /** The answer to the server's first message. */
  final(serverFirst: Buffer): Buffer {
    const text = serverFirst.toString();
    const fields = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text);
    assert.ok(fields !== null, `not a SCRAM challenge: ${text}`);
    const [, nonce = "", salt = "", iterations = ""] = fields;
    assert.ok(nonce.startsWith(this.#nonce) && nonce.length > this.#nonce.length + 10, "the server adds no nonce");
    const digest = this.login.mechanism === "SCRAM-SHA-256" ? "sha256" : "sha512";
    const hmac = (key: Buffer, message: string): Buffer => createHmac(digest, key).update(message).digest();
    const length = digest === "sha256" ? 32 : 64;
    const salted = pbkdf2Sync(this.login.password, Buffer.from(salt, "base64"), Number(iterations), length, digest);
    const clientKey = hmac(salted, "Client Key");
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `${this.#bare},${text},${withoutProof}`;
    const mask = hmac(createHash(digest).update(clientKey).digest(), message);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (mask[index] as number)));
    this.#signature = `v=${hmac(hmac(salted, "Server Key"), message).toString("base64")}`;
    return Buffer.from(`${withoutProof},p=${proof.toString("base64")}`);
  }

  /** The server must prove that it knows the user too. */
  expectServerProof(packet: ServerPacket): void {
    assert.equal(dataOf(packet).toString(), this.#signature, "the server does not prove itself");
  }

  /** The properties of a CONNECT or AUTH of this mechanism. */
  properties(data?: Buffer): Property[] {
    const method: Property = [prop.authenticationMethod, this.login.mechanism];
    return data === undefined ? [method] : [method, [prop.authenticationData, data]];
  }
}

/** Connects by SCRAM; answers the CONNACK, also one that refuses. */
export async function connectByScram(
  client: RawClient,
  login: ScramLogin,
  more: Omit<packets.ConnectFields, "version"> = {},
): Promise<ConnackPacket> {
  const dialogue = new ScramDialogue(login);
  const properties = [...dialogue.properties(dialogue.first()), ...((more.properties ?? []) as Property[])];
  client.send(packets.connect({ clientId: "scram", ...more, version: 5, properties }));
  const challenge = await client.next();
  if (challenge.type === "connack") return challenge;
  assert.equal(challenge.type, "auth");
  assert.equal(challenge.reasonCode, 0x18);
  const answer = dialogue.final(dataOf(challenge));
  client.send(packets.auth({ reasonCode: 0x18, properties: dialogue.properties(answer) }));
  const connack = await client.next("connack");
  if (connack.reasonCode === 0) dialogue.expectServerProof(connack);
  return connack;
}

/** Proves itself again on an open connection; answers the packet that ends it, an AUTH or a DISCONNECT. */
export async function proveAgain(client: RawClient, login: ScramLogin): Promise<ServerPacket> {
  const dialogue = new ScramDialogue(login);
  client.send(packets.auth({ reasonCode: 0x19, properties: dialogue.properties(dialogue.first()) }));
  const challenge = await client.next();
  if (challenge.type !== "auth" || challenge.reasonCode !== 0x18) return challenge;
  const answer = dialogue.final(dataOf(challenge));
  client.send(packets.auth({ reasonCode: 0x18, properties: dialogue.properties(answer) }));
  const last = await client.next();
  if (last.type === "auth") dialogue.expectServerProof(last);
  return last;
}

/** The Authentication Data of a packet; nothing if it has none. */
export function dataOf(packet: ServerPacket): Buffer {
  return (property(packet, prop.authenticationData) as Buffer | undefined) ?? Buffer.alloc(0);
}
