// What an NFS client read from its server: read-ahead included, the page cache left out.
import { readKernelText } from "./kernel_files.ts";
import type { MountFacts } from "./mounts.ts";

/** The place of NFSIOS_SERVERREADBYTES among the byte counters (linux/nfs_iostat.h). */
const SERVER_READ_BYTES_AT = 4;

/** Returns the counters of a mount; undefined for other filesystems. */
export function readNfsCounters({ fstype, mountPoint }: MountFacts): { serverReadBytes: number } | undefined {
  if (fstype !== "nfs" && fstype !== "nfs4") return undefined;
  const text = readKernelText("/proc/self/mountstats");
  const serverReadBytes = text === undefined ? undefined : parseServerReadBytes(text, mountPoint);
  return serverReadBytes === undefined ? undefined : { serverReadBytes };
}

/** Returns the bytes read from the server of a mount point, of the last mount there, in the form of /proc/self/mountstats. */
export function parseServerReadBytes(text: string, mountPoint: string): number | undefined {
  // The kernel writes spaces in the path as in mountinfo.
  const escaped = mountPoint.replace(
    /[ \t\n\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  const mounts = text.split(/^(?=device )/m).filter((mount) => {
    const [first] = mount.split("\n", 1);
    return first.includes(` mounted on ${escaped} with fstype nfs`);
  });
  const numbers = mounts.at(-1)?.match(/^\s*bytes:\s+([\d ]+)$/m)?.[1].split(" ");
  const bytes = numbers?.[SERVER_READ_BYTES_AT];
  return bytes === undefined ? undefined : Number(bytes);
}
