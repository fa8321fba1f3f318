import { WorldError } from "../base/mod.ts";
import type { ListenAddress } from "./listener.ts";

/** Says why an address cannot be listened on, and what to do. `code` is the system's, as `EADDRINUSE`. */
export function listenError(code: string, address: ListenAddress, cause?: Error): WorldError {
  const where = address.kind === "unix" ? address.path : `${address.host}:${address.port}`;
  const options = cause === undefined ? {} : { cause };
  switch (code) {
    case "EADDRINUSE":
      return new WorldError(
        "address_in_use",
        `${where} is in use: stop the other server or choose another address`,
        options,
      );
    case "EACCES":
    case "EPERM":
      return new WorldError("permission_denied", `no permission to listen on ${where}${folderHint(address)}`, options);
    default:
      return new WorldError("address_not_available", `cannot listen on ${where}: ${code}`, options);
  }
}

/** Where the folder is missing, libuv says EACCES too. */
function folderHint(address: ListenAddress): string {
  return address.kind === "unix" ? ": its folder does not exist or may not be written to" : "";
}
