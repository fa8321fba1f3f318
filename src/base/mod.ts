/** What everything stands on: assertions, time, chance, log, errors, timers, peers. Imports nothing of ours. */
export { assert, AssertionError, unreachable } from "./assert.ts";
export { BackgroundWork } from "./background-work.ts";
export { cannotListen, type ListenHints } from "./cannot-listen.ts";
export { type Clock, ManualClock, systemClock, type Timer } from "./clock.ts";
export { hashOf, type Linked, LinkedTable } from "./linked-table.ts";
export { type LogFields, type Logger, silentLogger } from "./log.ts";
export { packageVersion } from "./package-version.ts";
export { type Peer, type PeerCertificate, type PeerTls, peerText } from "./peer.ts";
export { type Random, SeededRandom, unguessableText, unpredictableRandom } from "./random.ts";
export { StripedMap } from "./striped-map.ts";
export { TimerWheel, type WheelEntry } from "./timer-wheel.ts";
export { WatchedFile, type WatchedFileOptions, type WatchedFileServices } from "./watched-file.ts";
export { WorldError, type WorldErrorCode } from "./world-error.ts";
