import { startTestBroker } from "../kit/mod.ts";
import { type Endpoint, startAkasaProcess } from "./akasa-process.ts";

/** The ways a broker of the system tests comes about: fast, and as a user starts it. */
export const waysToStart: readonly (readonly [name: string, start: () => Promise<Endpoint>])[] = [
  ["in this process", () => startTestBroker()],
  ["akasa start", () => startAkasaProcess()],
];
