import type { Version } from "../kit/mod.ts";

/** The protocol levels a client may speak, oldest first. */
export const versions = [3, 4, 5] as const;

/** A protocol level as people say it. */
export const versionNames: Readonly<Record<Version, string>> = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0" };
