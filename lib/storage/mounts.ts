// Which mounted filesystem a path lies on, from /proc/self/mountinfo (proc_pid_mountinfo(5)).
import fs from "node:fs";
import { dirname, resolve } from "node:path";
import { readKernelText } from "./kernel_files.ts";

/** A mounted filesystem as this process sees it. */
export interface MountFacts {
  readonly mountPoint: string;
  /** The folder of the filesystem that the mount point shows: "/" unless it is a bind mount or a subvolume. */
  readonly root: string;
  /** As in "ext4", "nfs4", "fuse.sshfs". */
  readonly fstype: string;
  /** A device, a server with its export, or a name without meaning ("tmpfs"). */
  readonly source: string;
  /** Options of the mount, then those of the filesystem. */
  readonly options: string;
  /** Of the block device; "0:N" where the filesystem lies on none, or on several. */
  readonly majorMinor: string;
}

/** Returns the mounts that a text in the form of /proc/self/mountinfo lists, in its order. */
export function parseMounts(text: string): MountFacts[] {
  const mounts: MountFacts[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const end = fields.indexOf("-", 6); // of the optional fields, of which there may be none
    if (end < 0 || fields.length < end + 4) continue;
    const [, , majorMinor, root, mountPoint, mountOptions] = fields;
    const [fstype, source, ...superOptions] = fields.slice(end + 1);
    mounts.push({
      mountPoint: unescape(mountPoint),
      root: unescape(root),
      fstype: unescape(fstype),
      source: unescape(source),
      options: joinOptions(mountOptions, superOptions.join(" ")),
      majorMinor,
    });
  }
  return mounts;
}

/** The kernel writes space, tab, line feed, backslash and # as three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** What is read-only as a mount or as a filesystem is read-only. */
function joinOptions(mountOptions: string, superOptions: string): string {
  const all = new Set([...mountOptions.split(","), ...superOptions.split(",")]);
  const access = all.has("ro") ? "ro" : "rw";
  return [access, ...[...all].filter((option) => !["ro", "rw", ""].includes(option))].join(",");
}

/** Returns the mount of an absolute path: that with the longest mount point, the last of those with the same. */
export function findMount(mounts: readonly MountFacts[], path: string): MountFacts | undefined {
  let found: MountFacts | undefined;
  for (const mount of mounts) {
    const { mountPoint } = mount;
    const below = mountPoint.endsWith("/") ? mountPoint : `${mountPoint}/`;
    if (path !== mountPoint && !path.startsWith(below)) continue;
    if (found === undefined || mountPoint.length >= found.mountPoint.length) found = mount;
  }
  return found;
}

/** Returns the mount of a path, for one that is not there that of its nearest parent; undefined where /proc is none. */
export function mountOf(path: string): MountFacts | undefined {
  // Asked for first: what an automounter mounts on access is in the list then.
  const resolved = resolveExisting(resolve(path));
  const text = readKernelText("/proc/self/mountinfo");
  return text === undefined ? undefined : findMount(parseMounts(text), resolved);
}

/** Returns the nearest path that is there, without symbolic links. */
function resolveExisting(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return dirname(path) === path ? path : resolveExisting(dirname(path));
  }
}

/** Returns whether a filesystem keeps its files in memory and has no device behind it. */
export function isMemoryFilesystem({ fstype }: MountFacts): boolean {
  return fstype === "tmpfs" || fstype === "ramfs";
}

/** Returns how a message names the filesystem of a path, as in "tmpfs (/dev/shm)". */
export function filesystemName(path: string): string {
  const mount = mountOf(path);
  return mount === undefined ? "an unknown filesystem" : `${mount.fstype} (${mount.mountPoint})`;
}
