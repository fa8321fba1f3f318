/** File and environment become one frozen, validated configuration. One schema: types, defaults, documentation. */
export { addressMatcher, parseAddressRange } from "./address-range.ts";
export { isLocal, type ListenerAddress, parseListenerAddress } from "./address.ts";
export type {
  AuthenticatorConfig,
  Config,
  ConfigSettings,
  HookReference,
  HttpListenerConfig,
  ListenerLimitsConfig,
  ListenersConfig,
  PlainListenerConfig,
  TlsListenerConfig,
  TlsWebSocketListenerConfig,
  WebSocketListenerConfig,
} from "./config.ts";
export { authenticatorKinds, type NamedAuthenticator, namedAuthenticators } from "./authenticators.ts";
export { type ClientListener, type ClientListenerKind, clientListeners } from "./listeners.ts";
export { type ConfigSource, createConfig, defaultConfig, loadConfig, type LoadedConfig } from "./load-config.ts";
export { defaultYaml, type DefaultYamlOptions } from "./default-yaml.ts";
export { configJsonSchema, configReference } from "./reference.ts";
export type { ConfigWarning } from "./warnings.ts";
