import { ReasonCode } from "../protocol/mod.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "./authenticator.ts";

const unknown: Verdict = { kind: "unknown" };

/**
 * Lets in who came with a valid certificate that names a user (the part of it that the listener's
 * `use_identity_as_username` tells); TLS has proved that the client owns it. Clients without one are none of its
 * business.
 */
export class CertificateAuthenticator implements Authenticator {
  readonly #matchClientId: boolean;

  /** @param options `matchClientId`: the client identifier has to be the same name, else 0x85 */
  constructor(options: { readonly matchClientId: boolean }) {
    this.#matchClientId = options.matchClientId;
  }

  authenticate({ clientId, peer }: AuthenticationRequest): Verdict {
    const userName = peer.identity;
    if (userName === null) return unknown;
    if (this.#matchClientId && clientId !== userName) {
      const reason = "the client identifier is not the name in the certificate";
      return { kind: "refused", reasonCode: ReasonCode.clientIdentifierNotValid, reason };
    }
    return { kind: "accepted", userName };
  }

  close(): void {
    // Holds nothing.
  }
}
