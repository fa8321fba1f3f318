import assert from "node:assert/strict";
import { test } from "node:test";

import { ReasonCode } from "../protocol/mod.ts";
import type { AuthenticationRequest } from "./authenticator.ts";
import { CertificateAuthenticator } from "./certificate-authenticator.ts";

function request(identity: string | null, clientId = "c"): AuthenticationRequest {
  const peer = { address: "127.0.0.1", port: 1, proxy: null, tls: null, certificate: null, identity };
  return { clientId, userName: "other", password: null, peer, listener: "mqtts" };
}

test("the name that a certificate proves is the user name, whatever the client says", () => {
  const authenticator = new CertificateAuthenticator({ matchClientId: false });
  assert.deepEqual(authenticator.authenticate(request("ann")), { kind: "accepted", userName: "ann" });
});

test("a client without a certificate that names a user is not known", () => {
  const authenticator = new CertificateAuthenticator({ matchClientId: false });
  assert.deepEqual(authenticator.authenticate(request(null)), { kind: "unknown" });
});

test("where the client identifier has to be that name, another one is refused with 0x85", () => {
  const authenticator = new CertificateAuthenticator({ matchClientId: true });
  assert.equal(authenticator.authenticate(request("ann", "ann")).kind, "accepted");
  const verdict = authenticator.authenticate(request("ann", "bob"));
  assert.equal(verdict.kind === "refused" ? verdict.reasonCode : 0, ReasonCode.clientIdentifierNotValid);
});
