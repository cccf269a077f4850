// A filesystem of its own on a loop device: nobody else reads from it, so that the kernel's count of the device is the
// truth about a run.
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { basename, join } from "node:path";

const SECTOR_BYTES = 512; // Documentation/block/stat.rst
const READ_SECTORS_AT = 2;

export interface LoopMount {
  readonly folder: string;
  /** As in "loop0". */
  readonly device: string;
}

/**
 * Runs `use` with a new ext4 filesystem on a loop device, mounted below `parent`; returns why that is not possible, or
 * undefined.
 */
export async function withLoopMount(
  { parent, bytes }: { readonly parent: string; readonly bytes: number },
  use: (mount: LoopMount) => Promise<void>,
): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "mounting a loop device needs root";
  const image = join(parent, "image"), folder = join(parent, "mounted");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(image, "");
  fs.truncateSync(image, bytes);
  // All tables are written now: the kernel would do it while a test counts.
  const made = spawnSync("mkfs.ext4", ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image]);
  if (made.status !== 0) return "mkfs.ext4 does not work here";
  if (spawnSync("mount", ["-o", "loop", image, folder]).status !== 0) {
    return "a loop device cannot be mounted here";
  }
  try {
    const [device] = fs.readFileSync("/proc/self/mounts", "utf8").split("\n")
      .map((line) => line.split(" ")).filter(([, mountPoint]) => mountPoint === folder).map(([source]) =>
        source
      );
    await use({ folder, device: basename(device) });
  } finally {
    execFileSync("umount", [folder]); // which detaches the loop device too
  }
  return undefined;
}

/** Returns the bytes that were ever read from a block device. */
export function deviceReadBytes(device: string): number {
  const fields = fs.readFileSync(`/sys/block/${device}/stat`, "utf8").trim().split(/\s+/);
  return Number(fields[READ_SECTORS_AT]) * SECTOR_BYTES;
}

const SAMPLE_MS = 2;

/** Notes what was read from a block device, again and again. */
export class DeviceSampler {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  readonly #timer: Timer;

  constructor(readonly device: string) {
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Takes a last sample. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  /** Returns what had been read by an instant of wall-clock time, by the last sample before it. */
  readBytesBy(atMs: number): number {
    return this.#samples.findLast((sample) => sample.atMs <= atMs)!.bytes;
  }

  #sample(): void {
    // The counter first: what it holds was read by then.
    this.#samples.push({ bytes: deviceReadBytes(this.device), atMs: Date.now() });
  }
}
