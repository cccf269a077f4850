// The errors that mlps raises on purpose. The class decides the exit code (DESIGN §4), the text is for the user:
// what could not be done, to what, the value found, the value wanted, the way out. Only main.ts exits.

/** The command line or the workload file is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The run was refused before it touched anything: exit code 3. */
export class PreflightError extends Error {
  override readonly name = "PreflightError";
}

/** A check that the user asked for (`--require-au`) failed: exit code 4. */
export class CheckFailedError extends Error {
  override readonly name = "CheckFailedError";
}

/** The user or the system ended the run by a signal: exit code 128 + its number. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  constructor(readonly signal: "SIGHUP" | "SIGINT" | "SIGTERM", message = `Interrupted by ${signal}`) {
    super(message);
  }
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Returns the exit code of a process that a signal ended, as shells have it. */
export function exitCodeOf(signal: InterruptedError["signal"]): number {
  return 128 + SIGNAL_NUMBERS[signal];
}

/** Where in which file something failed; `offsetBytes` is absent when the failure has no place in the file. */
export interface FileFailure {
  readonly action: string;
  readonly path: string;
  readonly offsetBytes?: number;
  readonly reason: string;
}

/** A file could not be read, written or understood: exit code 1. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** Absent when the error came from another thread, as text. */
  readonly failure?: FileFailure;
  constructor(failure: FileFailure | string, options?: ErrorOptions) {
    super(typeof failure === "string" ? failure : describeFailure(failure), options);
    if (typeof failure !== "string") this.failure = failure;
  }
}

function describeFailure({ action, path, offsetBytes, reason }: FileFailure): string {
  const at = offsetBytes === undefined ? "" : ` at byte ${offsetBytes}`;
  return `Cannot ${action} "${path}"${at}: ${reason}`;
}

/** Returns the text of anything thrown, with the system's error code explained where it is a common one. */
export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "it does not exist";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOSPC":
      return "no space left on the device";
    case "EROFS":
      return "the filesystem is read-only";
    case "ENOTDIR":
      return "a part of the path is a file, not a folder";
    case "EEXIST":
      return "a file of that name is in the way";
    case "EISDIR":
      return "it is a folder, not a file";
    case "EMFILE":
      return "too many open files (raise `ulimit -n`)";
    case "EIO":
      return "the storage reported an input/output error (EIO)";
    default:
      return message ?? String(cause);
  }
}
