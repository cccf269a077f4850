// Writes that survive a power cut: a file gets its name only when its bytes are on the device.
import fs from "node:fs";
import { dirname } from "node:path";
import { FileError, reasonOf } from "../base/errors.ts";

/** Replaces a small file in one step: readers see the former content or the new one, whole. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.partial`;
  try {
    const fd = fs.openSync(temporary, "w");
    try {
      fs.writeFileSync(fd, text);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, path);
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw cause;
  }
  syncFolder(dirname(path));
}

/** What a filesystem answers that does not sync folders, as some network filesystems. */
const NO_FOLDER_SYNC: readonly (string | undefined)[] = ["EINVAL", "ENOTSUP", "ENOSYS", "EBADF"];

/** Makes the names in a folder durable, where the filesystem can. @throws {FileError} */
export function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = fs.openSync(folder, "r");
    fs.fsyncSync(fd);
  } catch (cause) {
    if (NO_FOLDER_SYNC.includes((cause as NodeJS.ErrnoException).code)) return;
    throw new FileError({ action: "sync the folder", path: folder, reason: reasonOf(cause) }, { cause });
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
