import assert from "node:assert/strict";
import { test } from "node:test";

import type { ExchangeStep } from "../authenticator.ts";
import { credentialOf, type ScramCredential } from "./credential.ts";
import { ScramCredentials } from "./credentials.ts";
import { ScramExchange } from "./exchange.ts";
import { saltedPassword } from "./keys.ts";

const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
const clientNonce = "rOprNGfwEbeRWgbNEkqO";
const serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const clientFirst = `n,,n=user,r=${clientNonce}`;
const clientFinal = `c=biws,r=${clientNonce}${serverNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;

async function pencil(): Promise<ScramCredential> {
  const salted = await saltedPassword("sha256", Buffer.from("pencil"), salt, 4096);
  return credentialOf("SCRAM-SHA-256", { salted, salt, iterations: 4096 });
}

/** An exchange with the one user of RFC 7677, and with the nonce of its server. */
async function exchange(userName = "user"): Promise<(message: string) => string> {
  const credentials = new ScramCredentials("SCRAM-SHA-256", new Map([[userName, await pencil()]]));
  const one = new ScramExchange(
    (name) => credentials.candidate(name),
    () => serverNonce,
  );
  return (message) => inWords(one.take(Buffer.from(message)));
}

function inWords(step: ExchangeStep): string {
  if (step.kind === "continue") return step.data.toString();
  const { verdict } = step;
  return verdict.kind === "accepted" ? `${verdict.userName} ${String(step.data)}` : `refused: ${verdict.reason}`;
}

test("the exchange of RFC 7677 section 3, message by message, proves its user", async () => {
  const say = await exchange();
  assert.equal(say(clientFirst), `r=${clientNonce}${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  assert.equal(say(clientFinal), "user v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  assert.match(say(clientFinal), /^refused: a message after the end/);
});

test("a client that could bind to a channel and thinks that the server cannot is served", async () => {
  const say = await exchange();
  assert.match(say(`y,,n=user,r=${clientNonce}`), /^r=/);
  // c=eSws: it repeats its header; the proof is for the other one, so it is refused for that.
  assert.equal(say(clientFinal.replace("biws", "eSws")), "refused: the password is wrong");
});

test("a user name with comma and equals sign is unescaped, in the name that is proved too", async () => {
  const say = await exchange("a,b=c");
  assert.match(say(`n,,n=a=2Cb=3Dc,r=${clientNonce}`), /i=4096$/);
});

const malformedFirst: readonly (readonly [what: string, message: string])[] = [
  ["nothing", ""],
  ["channel binding", `p=tls-unique,,n=user,r=${clientNonce}`],
  ["no GS2 header", `n=user,r=${clientNonce}`],
  ["another authorization identity", `n,a=root,n=user,r=${clientNonce}`],
  ["an extension that must be understood", `n,,m=x,n=user,r=${clientNonce}`],
  ["no user name", `n,,n=,r=${clientNonce}`],
  ["a wrong escape", `n,,n=us=2cer,r=${clientNonce}`],
  ["no nonce", "n,,n=user"],
  ["an empty nonce", "n,,n=user,r="],
  ["a nonce with a space", "n,,n=user,r=a b"],
  ["NUL", `n,,n=us\u0000er,r=${clientNonce}`],
  ["an endless message", `n,,n=user,r=${clientNonce},x=${"x".repeat(5000)}`],
];
for (const [what, message] of malformedFirst) {
  test(`a first message with ${what} is refused, in words that repeat nothing of it`, async () => {
    const answer = (await exchange())(message);
    assert.match(answer, /^refused: SCRAM: /);
    assert.ok(!answer.includes(clientNonce) && !answer.includes("root"));
  });
}

const malformedFinal: readonly (readonly [what: string, message: string])[] = [
  ["no proof", `c=biws,r=${clientNonce}${serverNonce}`],
  ["a proof that is not base64", `c=biws,r=${clientNonce}${serverNonce},p=?`],
  ["a short proof", `c=biws,r=${clientNonce}${serverNonce},p=AAAA`],
  ["another nonce", clientFinal.replace(clientNonce, "x")],
  ["the client's nonce alone", clientFinal.replace(serverNonce, "")],
  ["another GS2 header", clientFinal.replace("biws", "eSws")],
  ["no channel binding data", clientFinal.replace("c=biws,", "")],
  ["nothing", ""],
];
for (const [what, message] of malformedFinal) {
  test(`a last message with ${what} is refused`, async () => {
    const say = await exchange();
    say(clientFirst);
    assert.match(say(message), /^refused: /);
  });
}

test("an unknown user is answered in the same form, and always with the same salt", async () => {
  const unknown = clientFirst.replace("user", "nobody");
  const first = (await exchange())(unknown);
  assert.match(first, /^r=\S+,s=[A-Za-z0-9+/]{22}==,i=4096$/);
  assert.equal((await exchange())(unknown), first);
  assert.notEqual((await exchange())(clientFirst.replace("user", "noone")).split(",")[1], first.split(",")[1]);
  const say = await exchange();
  say(unknown);
  assert.equal(say(clientFinal), "refused: there is no such user");
});

test("a client that begins without data is asked for it once", () => {
  const credentials = new ScramCredentials("SCRAM-SHA-256", new Map());
  const one = new ScramExchange((name) => credentials.candidate(name));
  assert.deepEqual(one.take(null), { kind: "continue", data: Buffer.alloc(0) });
  assert.match(inWords(one.take(null)), /^refused: /);
});
