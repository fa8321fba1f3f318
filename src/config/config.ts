import type { Static } from "typebox";

import type { passwordKeys, saslMechanisms, scramUserKeys, tokenKeys } from "./authentication-keys.ts";
import type { limitKeys } from "./limit-keys.ts";
import type { httpKeys, listenerKeys, socketAddressKeys, tlsKeys } from "./listener-keys.ts";
import type { processKeys } from "./process-keys.ts";
import type { protocolKeys } from "./protocol-keys.ts";
import type { hookNames, unusedKeys } from "./unused-keys.ts";

/** The values of keys, their types taken from the schema. */
type Values<Keys> = { readonly [Name in keyof Keys]: Keys[Name] extends object ? Static<Keys[Name]> : never };

/** A plain listener: `mqtt` and `ws`. */
export type PlainListenerConfig = Values<typeof socketAddressKeys & typeof listenerKeys>;
/** A TLS listener: `mqtts` and `wss`. */
export type TlsListenerConfig = PlainListenerConfig & Values<typeof tlsKeys>;
/** The HTTP listener. */
export type HttpListenerConfig = PlainListenerConfig & Values<typeof httpKeys>;

/** The listeners; null is off. */
export interface ListenersConfig {
  readonly mqtt: PlainListenerConfig | null;
  readonly mqtts: TlsListenerConfig | null;
  readonly ws: PlainListenerConfig | null;
  readonly wss: TlsListenerConfig | null;
  readonly http: HttpListenerConfig | null;
}

type TopLevel = Values<typeof protocolKeys> &
  Values<typeof limitKeys> &
  Values<typeof processKeys> &
  Values<typeof unusedKeys>;

/**
 * A complete, valid configuration; frozen. Keys are spelled as in the file; each is explained in
 * docs/reference/config.md. Sizes are bytes and times seconds.
 */
export interface Config extends TopLevel {
  readonly listeners: ListenersConfig;
  readonly auth: Values<typeof passwordKeys> & { readonly jwt: Values<typeof tokenKeys> };
  readonly scram_users: Readonly<Record<string, Values<typeof scramUserKeys>>>;
  readonly sasl_mechanisms: Static<typeof saslMechanisms>;
  readonly hook: Readonly<Record<(typeof hookNames)[number], boolean>>;
}

/** What a program gives instead of a file: any part of {@link Config}; the rest are the defaults. */
export type ConfigSettings = Partial<Omit<Config, "listeners" | "auth" | "hook">> & {
  readonly listeners?: {
    readonly [Name in keyof ListenersConfig]?: Partial<NonNullable<ListenersConfig[Name]>> | null;
  };
  readonly auth?: Partial<Config["auth"]>;
  readonly hook?: Partial<Config["hook"]>;
};
