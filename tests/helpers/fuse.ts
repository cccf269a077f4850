// Bad storage for tests: a folder seen through fuse_server.py, which delays, slows or fails reads. Root alone can mount it;
// tests are skipped, with the reason, where that is not possible.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { join } from "node:path";

const SERVER = join(import.meta.dirname!, "fuse_server.py");

export interface FuseOptions {
  /** The least time of each read; reads overlap. */
  readonly delayMs?: number;
  /** What all reads together get. */
  readonly rateMibps?: number;
  /** Reads fail with EIO once this many bytes were served. */
  readonly eioAfterBytes?: number;
}

/** The process that serves such a folder. */
export interface FuseServer {
  /** Leaves all requests unanswered from now on. */
  readonly hang: () => void;
  readonly goOn: () => void;
}

/** Runs `use` with a folder that shows `backing`, read-only; returns why not where this host cannot. */
export async function withFuse(
  backing: string,
  { delayMs, rateMibps, eioAfterBytes }: FuseOptions,
  use: (mountpoint: string, server: FuseServer) => void | Promise<void>,
): Promise<string | undefined> {
  const mountpoint = fs.mkdtempSync(join(os.tmpdir(), "mlps-fuse-"));
  const options = { "--delay-ms": delayMs, "--rate": rateMibps, "--eio-after": eioAfterBytes };
  const args = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [name, `${value}`]
  );
  const server = spawn("python3", [SERVER, mountpoint, backing, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => server.once("close", resolve).once("error", resolve));
  try {
    let refusal = "";
    server.stderr.on("data", (text) => refusal += text);
    const isReady = await new Promise<boolean>((resolve) => {
      server.stdout.once("data", () => resolve(true));
      server.once("close", () => resolve(false)).once("error", () => resolve(false));
    });
    if (!isReady) return refusal.trim() || "python3 cannot be run";
    await use(mountpoint, { hang: () => server.kill("SIGSTOP"), goOn: () => server.kill("SIGCONT") });
    return undefined;
  } finally {
    server.kill("SIGTERM");
    server.kill("SIGCONT"); // a process that hangs does not hear of SIGTERM
    await ended;
    spawnSync("umount", ["--lazy", mountpoint]); // where the server died of something else
    fs.rmdirSync(mountpoint);
  }
}
