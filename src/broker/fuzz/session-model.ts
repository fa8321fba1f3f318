import { type Qos, topicMatches, type TopicFilter, type TopicName } from "../../protocol/mod.ts";

interface Message {
  readonly payload: string;
  readonly qos: Qos;
  packetId: number;
  /** The client has it (QoS 2): only PUBREL and PUBCOMP are left. */
  received: boolean;
  /** Sent on this connection. */
  sent: boolean;
}

/** A client's session in the plain wording of the standard: a list of messages and what of it reaches the client. */
export class SessionModel {
  online = false;
  exists = false;
  readonly subscriptions: Map<string, Qos> = new Map();
  /** What the client gets, in words. */
  got: string[] = [];
  #messages: Message[] = [];
  #expiry = 0;
  #window = 0;
  #endsAt = Infinity;
  #nextId = 1;

  connect(clean: boolean, expiry: number, window: number): void {
    // A take-over is the end of a connection too, and so of a session that has no expiry.
    if (clean || (this.online && this.#expiry === 0)) this.#end();
    this.got = [this.exists ? "connack present" : "connack"];
    this.online = this.exists = true;
    this.#expiry = expiry;
    this.#window = window;
    for (const message of this.#messages) message.sent = false;
    this.#pump();
  }

  leave(now: number): void {
    this.online = false;
    this.#endsAt = now + this.#expiry;
    this.tick(now);
  }

  tick(now: number): void {
    if (!this.online && now >= this.#endsAt) this.#end();
  }

  publish(topic: string, payload: string, qos: Qos): void {
    const matching = [...this.subscriptions].filter(([filter]) =>
      topicMatches(filter as TopicFilter, topic as TopicName),
    );
    const granted = Math.max(-1, ...matching.map(([, each]) => each));
    if (granted < 0) return;
    const lower = Math.min(granted, qos) as Qos;
    if (lower > 0) this.#messages.push({ payload, qos: lower, packetId: 0, received: false, sent: false });
    else if (this.online) this.got.push(`${payload} qos0`);
    this.#pump();
  }

  acknowledge(type: "puback" | "pubrec" | "pubcomp", packetId: number): void {
    const message = this.#messages.find((each) => each.packetId === packetId);
    if (type !== "pubrec") this.#messages = this.#messages.filter((each) => each !== message);
    else if (message !== undefined) message.received = true;
    if (type === "pubrec") this.got.push(`pubrel #${packetId}`);
    this.#pump();
  }

  #pump(): void {
    for (const message of this.#messages.filter(({ sent }) => !sent)) {
      if (!this.online || this.#messages.filter(({ sent }) => sent).length >= this.#window) return;
      const again = message.packetId > 0;
      if (!again) message.packetId = this.#nextId++;
      const words = `${message.payload} qos${message.qos} #${message.packetId}${again ? " dup" : ""}`;
      this.got.push(message.received ? `pubrel #${message.packetId}` : words);
      message.sent = true;
    }
  }

  #end(): void {
    this.exists = false;
    this.subscriptions.clear();
    this.#messages = [];
    this.#nextId = 1;
    this.#endsAt = Infinity;
  }
}
