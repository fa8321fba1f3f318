import { loadAddon, type LoadedAddon } from "./native-addon.ts";

/** Descriptors that room is made for at most: half a megabyte of the kernel's memory. */
const roomMax = 1 << 16;

/**
 * Lets the kernel make room for so many descriptors before they are needed. Where the table of a process with several
 * threads has to grow, Linux holds up the call that needs it until all cores have taken note (`expand_fdtable` waits
 * for RCU), 10 to 20 ms for every doubling, and thousands of clients that connect at once bring six of them. Without
 * the addon, and elsewhere, nothing happens: then the first such crowd has to wait.
 */
export function makeRoomForDescriptors(count: number, load: () => LoadedAddon = loadAddon): void {
  load().addon?.growDescriptorTable(Math.min(count, roomMax));
}
