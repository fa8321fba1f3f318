import { accessKeys } from "./access-keys.ts";
import { passwordKeys, saslMechanisms, scramUserKeys, tokenKeys } from "./authentication-keys.ts";
import {
  authenticationLimitKeys,
  authenticatorKeys,
  callOutKeys,
  clientCertificateKeys,
  entranceKeys,
  jwtKeys,
  passwordFileKeys,
  scramFileKeys,
} from "./authenticator-keys.ts";
import { hookKeys, hookModules } from "./hook-keys.ts";
import { type KeySchema, type KeySchemas, section } from "./key-schema.ts";
import { listenerLimitKeys } from "./listener-limit-keys.ts";
import { limitKeys } from "./limit-keys.ts";
import {
  addressKeys,
  clientListenerKeys,
  httpKeys,
  listenerKeys,
  socketAddressKeys,
  tlsKeys,
  webSocketKeys,
} from "./listener-keys.ts";
import { processKeys } from "./process-keys.ts";
import { protocolKeys } from "./protocol-keys.ts";
import { unusedKeys } from "./unused-keys.ts";

/** A chapter of the configuration, as the default file and the reference show it. */
export interface Chapter {
  readonly title: string;
  readonly keys: KeySchemas;
}

function clientListener(description: string, address: KeySchemas, more: KeySchemas = {}): KeySchema {
  const limits = section("Limits of this listener and its clients; null: as for all listeners.", listenerLimitKeys);
  const keys = { ...address, ...listenerKeys, ...clientListenerKeys, ...entranceKeys, ...more, limits };
  return { ...section(description, keys), type: ["object", "null"], default: null, several: true };
}

const httpListener: KeySchema = {
  ...section("/health and /metrics over HTTP, without authentication: keep it on loopback.", {
    ...socketAddressKeys,
    ...listenerKeys,
    ...httpKeys,
  }),
  type: ["object", "null"],
  default: null,
};

const listeners: KeySchema = {
  ...section("Where clients come in. A listener that a given `listeners` section does not name is off.", {
    mqtt: clientListener("MQTT over TCP or a Unix socket.", addressKeys),
    mqtts: clientListener("MQTT over TLS.", socketAddressKeys, tlsKeys),
    ws: clientListener("MQTT over WebSocket.", addressKeys, webSocketKeys),
    wss: clientListener("MQTT over WebSocket and TLS.", socketAddressKeys, { ...tlsKeys, ...webSocketKeys }),
    http: httpListener,
  }),
  default: { mqtt: { addr: "127.0.0.1:1883" } },
};

const scramUsers: KeySchema = {
  type: "object",
  description: "Users of SCRAM-SHA-256, by name, as the original keeps them.",
  additionalProperties: section("One user.", scramUserKeys),
  default: {},
};

function kind(description: string, keys: KeySchemas): KeySchema {
  return { ...section(description, keys), type: ["object", "null"], default: null };
}

const authenticators: KeySchema = {
  type: "array",
  description: [
    "Ways by which clients prove who they are, beside those of auth and scram_users and after them: the first that knows a",
    "client decides. Each entry is of one kind.",
  ],
  items: section("One authenticator.", {
    ...authenticatorKeys,
    password_file: kind("User name and password, from a file.", passwordFileKeys),
    scram: kind("SCRAM (enhanced authentication, MQTT 5.0), from a file.", scramFileKeys),
    jwt: kind("A JSON Web Token as password, as user name, or by the method OAUTHBEARER.", jwtKeys),
    http: kind("An HTTP server that is asked about each client.", callOutKeys),
    client_certificate: kind(
      "The client's TLS certificate; which part of it is the name says the listener's use_identity_as_username.",
      clientCertificateKeys,
    ),
  }),
  default: [],
};

/** The configuration in chapters, in the order a reader needs them. */
export const chapters: readonly Chapter[] = [
  { title: "Listeners", keys: { listeners } },
  {
    title: "Who may connect",
    keys: {
      auth: section("Users and passwords.", { ...passwordKeys, jwt: section("JSON Web Tokens.", tokenKeys) }),
      scram_users: scramUsers,
      sasl_mechanisms: saslMechanisms,
      authenticators,
      ...authenticationLimitKeys,
    },
  },
  { title: "What a client may do", keys: { acl: section("Rules of access.", accessKeys) } },
  { title: "Protocol", keys: protocolKeys },
  { title: "Limits", keys: limitKeys },
  { title: "Process", keys: processKeys },
  { title: "Hooks", keys: { hooks: hookModules, hook: section("How hooks are called.", hookKeys) } },
  { title: "Keys of the original without effect", keys: unusedKeys },
];

/**
 * The whole configuration: the one place that says which keys there are, their types, ranges, defaults and meanings.
 */
export const configSchema: KeySchema = section(
  "Configuration of Akasa.",
  Object.assign({}, ...chapters.map((chapter) => chapter.keys)),
);
