import type { Static } from "typebox";

import type { accessKeys } from "./access-keys.ts";
import type {
  authenticationLimitKeys,
  authenticatorKeys,
  callOutKeys,
  clientCertificateKeys,
  entranceKeys,
  jwtKeys,
  passwordFileKeys,
  scramFileKeys,
} from "./authenticator-keys.ts";
import type { passwordKeys, saslMechanisms, scramUserKeys, tokenKeys } from "./authentication-keys.ts";
import type { listenerLimitKeys } from "./listener-limit-keys.ts";
import type { limitKeys } from "./limit-keys.ts";
import type {
  addressKeys,
  clientListenerKeys,
  httpKeys,
  listenerKeys,
  socketAddressKeys,
  tlsKeys,
  webSocketKeys,
} from "./listener-keys.ts";
import type { processKeys } from "./process-keys.ts";
import type { protocolKeys } from "./protocol-keys.ts";
import type { hookNames, unusedKeys } from "./unused-keys.ts";

/** The values of keys, their types taken from the schema. */
type Values<Keys> = {
  readonly [Name in keyof Keys]: Keys[Name] extends object ? Static<Keys[Name]> | Absent<Keys[Name]> : never;
};
/** TypeBox forgets the null of `["array", "null"]`. */
type Absent<Key> = Key extends { readonly default: null } ? null : never;

/** `limits` of a listener. */
export type ListenerLimitsConfig = Values<typeof listenerLimitKeys>;

/** What `mqtt` has, and every other listener that clients come in by. */
export type PlainListenerConfig = Values<
  typeof addressKeys & typeof listenerKeys & typeof clientListenerKeys & typeof entranceKeys
> & {
  readonly limits: ListenerLimitsConfig;
};
/** `mqtts` */
export type TlsListenerConfig = PlainListenerConfig & Values<typeof tlsKeys>;
/** `ws` */
export type WebSocketListenerConfig = PlainListenerConfig & Values<typeof webSocketKeys>;
/** `wss` */
export type TlsWebSocketListenerConfig = TlsListenerConfig & Values<typeof webSocketKeys>;
/** The HTTP listener. */
export type HttpListenerConfig = Values<typeof socketAddressKeys & typeof listenerKeys & typeof httpKeys>;

/** An entry of `authenticators`: exactly one of its kinds is not null. */
export interface AuthenticatorConfig extends Values<typeof authenticatorKeys> {
  readonly password_file: Values<typeof passwordFileKeys> | null;
  readonly scram: Values<typeof scramFileKeys> | null;
  readonly jwt: Values<typeof jwtKeys> | null;
  readonly http: Values<typeof callOutKeys> | null;
  readonly client_certificate: Values<typeof clientCertificateKeys> | null;
}

type OneOrSeveral<Settings> = Settings | readonly Settings[] | null;

/** The listeners: one of a kind, a list, or null for none. `clientListeners` gives them one by one. */
export interface ListenersConfig {
  readonly mqtt: OneOrSeveral<PlainListenerConfig>;
  readonly mqtts: OneOrSeveral<TlsListenerConfig>;
  readonly ws: OneOrSeveral<WebSocketListenerConfig>;
  readonly wss: OneOrSeveral<TlsWebSocketListenerConfig>;
  readonly http: HttpListenerConfig | null;
}

type Loose<Given> = Given extends readonly (infer Item)[] ? readonly Partial<Item>[] : Partial<Given>;

type TopLevel = Values<typeof protocolKeys> &
  Values<typeof limitKeys> &
  Values<typeof authenticationLimitKeys> &
  Values<typeof processKeys> &
  Values<typeof unusedKeys>;

/**
 * A complete, valid configuration; frozen. Keys are spelled as in the file; each is explained in
 * docs/reference/config.md. Sizes are bytes and times seconds.
 */
export interface Config extends TopLevel {
  readonly listeners: ListenersConfig;
  readonly auth: Values<typeof passwordKeys> & { readonly jwt: Values<typeof tokenKeys> };
  readonly acl: Values<typeof accessKeys>;
  readonly scram_users: Readonly<Record<string, Values<typeof scramUserKeys>>>;
  readonly sasl_mechanisms: Static<typeof saslMechanisms>;
  readonly authenticators: readonly AuthenticatorConfig[];
  readonly hook: Readonly<Record<(typeof hookNames)[number], boolean>>;
}

/** What a program gives instead of a file: any part of {@link Config}; the rest are the defaults. */
export type ConfigSettings = Partial<Omit<Config, "listeners" | "auth" | "acl" | "authenticators" | "hook">> & {
  readonly listeners?: {
    readonly [Name in keyof ListenersConfig]?: Loose<NonNullable<ListenersConfig[Name]>> | null;
  };
  readonly auth?: Partial<Config["auth"]>;
  readonly acl?: Partial<Config["acl"]>;
  readonly authenticators?: readonly {
    readonly [Name in keyof AuthenticatorConfig]?: Partial<AuthenticatorConfig[Name]>;
  }[];
  readonly hook?: Partial<Config["hook"]>;
};
