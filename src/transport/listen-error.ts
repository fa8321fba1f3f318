import { cannotListen, type WorldError } from "../base/mod.ts";
import type { ListenAddress } from "./listener.ts";

/** Says why an address cannot be listened on, and what to do. `code` is the system's, as `EADDRINUSE`. */
export function listenError(code: string, address: ListenAddress, cause?: Error): WorldError {
  const hints = cause === undefined ? {} : { cause };
  if (address.kind === "tcp") return cannotListen(code, `${address.host}:${address.port}`, hints);
  // Where the folder is missing, libuv says EACCES too.
  return cannotListen(code, address.path, { ...hints, denied: "its folder does not exist or may not be written to" });
}
