import type { HookPointName } from "./hook-point.ts";

/** A switch of the original, as the configuration spells it. */
export type HookSwitch =
  | "enable_before_connect"
  | "enable_after_connect"
  | "enable_after_disconnect"
  | "enable_publish"
  | "enable_subscribe"
  | "enable_unsubscribe";

/** The points that each switch of the original turns off, by the key of `hook` in the configuration. */
export const hookSwitches: Readonly<Record<HookSwitch, readonly HookPointName[]>> = {
  enable_before_connect: ["beforeConnect", "authenticate"],
  enable_after_connect: ["afterConnect"],
  enable_after_disconnect: ["disconnected"],
  enable_publish: ["authorizePublish", "beforePublish", "afterPublish"],
  enable_subscribe: ["authorizeSubscribe", "beforeSubscribe", "afterSubscribe"],
  enable_unsubscribe: ["beforeUnsubscribe", "afterUnsubscribe"],
};
