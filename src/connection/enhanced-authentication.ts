import type { Accepted, AuthenticationExchange, AuthenticationRequest, ExchangeStep, Refused } from "../auth/mod.ts";
import { authSize, encodeAuth } from "../codec/mod.ts";
import { type AuthPacket, PacketType, ProtocolError, ReasonCode } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";
import { closeOver } from "./farewell.ts";
import { sendPacket } from "./send-packet.ts";

/** What happens when an exchange has ended. `data` are the server's last words to a client that is let in. */
export type OnVerdict = (verdict: Accepted | Refused, data: Buffer | null) => void;

/**
 * The authentication of one client by AUTH packets (MQTT 5.0 section 4.12): while it connects, and again whenever it
 * asks for it on the open connection.
 *
 *     CONNECT -> authenticating <-> challenged      CONNECT to CONNACK: other packets wait, or are an error
 *     AUTH 0x19 ... AUTH 0x00                       on an open connection: other packets go on meanwhile
 */
export class EnhancedAuthentication {
  readonly method: string;
  readonly #connection: Connection;
  #exchange: AuthenticationExchange | null = null;
  #onVerdict: OnVerdict = () => {};
  /** True while a message of the client is being judged: it may not send the next one. */
  #judging = false;

  constructor(connection: Connection, method: string) {
    this.method = method;
    this.#connection = connection;
  }

  /**
   * Begins an exchange with the client's first data.
   * @throws ProtocolError the method is not one of this listener's
   */
  begin(request: AuthenticationRequest, data: Uint8Array | undefined, onVerdict: OnVerdict): void {
    if (this.#exchange !== null) misplaced("an exchange is going on already");
    const exchange = this.#connection.entrance.authenticator.begin?.(this.method, request) ?? null;
    if (exchange === null) {
      // [MQTT-4.12.0-1]
      const message = "the authentication method is not supported";
      throw new ProtocolError(ReasonCode.badAuthenticationMethod, "MQTT-4.12.0-1", message);
    }
    this.#exchange = exchange;
    this.#onVerdict = onVerdict;
    this.#take(exchange, data);
  }

  /**
   * The client's next message of the exchange.
   * @throws ProtocolError none is expected
   */
  goOn(data: Uint8Array | undefined): void {
    if (this.#exchange === null) return misplaced("no exchange is going on");
    if (this.#judging) misplaced("the last message is not answered yet");
    this.#take(this.#exchange, data);
  }

  #take(exchange: AuthenticationExchange, data: Uint8Array | undefined): void {
    const connection = this.#connection;
    const connecting = connection.phase !== "open";
    if (connecting) connection.phase = "authenticating";
    const answer = exchange.take(data ?? null);
    if (!(answer instanceof Promise)) {
      this.#apply(answer);
      return;
    }
    this.#judging = true;
    if (connecting) connection.channel.pause();
    const later = (run: () => void): void => {
      this.#judging = false;
      // The client may have gone, or been given up, while it waited.
      if (connection.phase !== (connecting ? "authenticating" : "open")) return;
      try {
        run();
      } catch (error) {
        closeOver(connection, error);
      }
      if (connecting && mayBeHeard(connection)) connection.resumeInput();
    };
    answer.then(
      (step) => later(() => this.#apply(step)),
      (error: unknown) =>
        later(() => {
          throw error;
        }),
    );
  }

  #apply(step: ExchangeStep): void {
    if (step.kind === "continue") {
      if (this.#connection.phase !== "open") this.#connection.phase = "challenged";
      // [MQTT-4.12.0-2]
      this.send(ReasonCode.continueAuthentication, step.data);
      return;
    }
    this.#exchange = null;
    const onVerdict = this.#onVerdict;
    this.#onVerdict = () => {};
    onVerdict(step.verdict, step.data);
  }

  /** Sends an AUTH of this method. */
  send(reasonCode: ReasonCode, data: Buffer | null): void {
    const connection = this.#connection;
    const more = data === null ? {} : { authenticationData: data };
    // [MQTT-4.12.0-5] Always the method of the CONNECT.
    const packet: AuthPacket = { type: "auth", reasonCode, properties: { authenticationMethod: this.method, ...more } };
    const size = authSize(packet);
    // [MQTT-3.1.2-24]
    if (size > connection.clientPacketSizeMax) {
      throw new ProtocolError(ReasonCode.packetTooLarge, "MQTT-3.1.2-24", "AUTH exceeds the Maximum Packet Size");
    }
    sendPacket(connection, PacketType.auth, size, (target, at) => encodeAuth(target, at, packet));
  }
}

/** After a judgement: false if it ended the connection. */
function mayBeHeard({ phase }: Connection): boolean {
  return phase === "challenged" || phase === "open";
}

function misplaced(message: string): never {
  throw new ProtocolError(ReasonCode.protocolError, "4.12", `AUTH while ${message}`);
}
