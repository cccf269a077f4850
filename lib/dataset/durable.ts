// Writes that survive a power cut: a file gets its name only when its bytes are on the device.
import fs from "node:fs";
import { dirname } from "node:path";

/** Replaces a small file in one step: readers see the former content or the new one, whole. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.partial`;
  const fd = fs.openSync(temporary, "w");
  try {
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes the names in a folder durable, where the filesystem can: some network filesystems refuse to sync a folder. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EINVAL" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EBADF") throw cause;
  } finally {
    fs.closeSync(fd);
  }
}
