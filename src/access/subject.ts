import { BlockList, isIP } from "node:net";
import { parseAddressRange } from "../config/mod.ts";
import type { ClientNames } from "./pattern-template.ts";

/** A client as rules see it. */
export interface Subject extends ClientNames {
  readonly groups: readonly string[];
  /** IP address, or `unix`. */
  readonly address: string;
  /** Name of the listener. */
  readonly listener: string;
}

/** Whom a rule speaks about: whoever fulfils every part that is not null; of the values of one part, one is enough. */
export interface Conditions {
  readonly users: ReadonlySet<string> | null;
  readonly groups: readonly string[] | null;
  /** Client identifiers; one that ends in `*` stands for all that begin so. */
  readonly clients: readonly string[] | null;
  readonly addresses: AddressSet | null;
  readonly listeners: ReadonlySet<string> | null;
  /** True: only who has proved no user name. */
  readonly anonymous: boolean;
  /** True: only whose client identifier or user name has a `+` or `#` in it. */
  readonly wildcardInName: boolean;
}

/** The rule of somebody: the parts that it does not name are null. */
export function conditions(parts: Partial<Conditions>): Conditions {
  const none = { users: null, groups: null, clients: null, addresses: null, listeners: null };
  return { ...none, anonymous: false, wildcardInName: false, ...parts };
}

/** True if the rule speaks about this client. */
export function concerns(who: Conditions, subject: Subject): boolean {
  const { users, groups, clients, addresses, listeners } = who;
  if (who.anonymous && subject.userName !== null) return false;
  if (who.wildcardInName && !/[+#]/.test(`${subject.clientId}${subject.userName ?? ""}`)) return false;
  if (users !== null && (subject.userName === null || !users.has(subject.userName))) return false;
  if (groups !== null && !groups.some((group) => subject.groups.includes(group))) return false;
  if (clients !== null && !clients.some((client) => isClient(client, subject.clientId))) return false;
  if (listeners !== null && !listeners.has(subject.listener)) return false;
  return addresses === null || addresses.has(subject.address);
}

function isClient(wanted: string, clientId: string): boolean {
  return wanted.endsWith("*") ? clientId.startsWith(wanted.slice(0, -1)) : wanted === clientId;
}

/** IP addresses and networks (`192.0.2.0/24`, `2001:db8::/32`), and `unix` for clients on a Unix socket. */
export class AddressSet {
  readonly #networks = new BlockList();
  #unix = false;

  /** Adds what the text says; false if it is neither an address nor a network. */
  add(text: string): boolean {
    if (text === "unix") {
      this.#unix = true;
      return true;
    }
    const range = parseAddressRange(text);
    if (range === null) return false;
    this.#networks.addSubnet(range.address, range.prefix, range.family);
    return true;
  }

  has(address: string): boolean {
    const version = isIP(address);
    if (version === 0) return this.#unix && address === "unix";
    return this.#networks.check(address, version === 4 ? "ipv4" : "ipv6");
  }
}
