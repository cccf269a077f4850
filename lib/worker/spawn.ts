// Makes worker threads. Hides where their code is: beside this file when run from source, at the root of the binary
// when compiled.
import { FileError } from "../base/errors.ts";
import type { FromWorker, ToWorker, WireError } from "./protocol.ts";

export type WorkerEntry = "read_worker" | "generate_worker" | "validate_worker" | "raw_read_worker";

const isCompiled = import.meta.url.includes("/$bunfs/");

/** A running worker; `finished` settles when it is done, and rejects with what it threw. */
export interface RunningWorker {
  readonly finished: Promise<void>;
  terminate(): void;
}

/** Starts a worker on its task; `onMessage` hears what it reports before it is done. */
export function spawnWorker(
  entry: WorkerEntry,
  task: ToWorker,
  onMessage: (message: FromWorker) => void = () => {},
): RunningWorker {
  const worker = new Worker(
    isCompiled ? `./lib/worker/${entry}.ts` : new URL(`./${entry}.ts`, import.meta.url).href,
  );
  const finished = new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      switch (data.kind) {
        case "done":
          return resolve();
        case "failed":
          return reject(fromWire(data.error));
        default:
          onMessage(data);
      }
    };
    worker.onerror = (event) => reject(new Error(`A worker thread ended unexpectedly: ${event.message}`));
    worker.onmessageerror = () => reject(new Error("A worker thread sent a message that cannot be read"));
  });
  worker.postMessage(task);
  return { finished, terminate: () => worker.terminate() };
}

/** Runs a worker's task and reports how it ended; to be called once, at the top of a worker's entry. */
export function serveTask<T extends ToWorker>(
  run: (task: T, report: (message: FromWorker) => void) => void,
): void {
  const report = (message: FromWorker) => postMessage(message);
  // Set before anything is awaited: Bun drops a message that arrives while there is no handler.
  self.onmessage = ({ data }: MessageEvent<T>) => {
    try {
      run(data, report);
      report({ kind: "done" });
    } catch (cause) {
      report({ kind: "failed", error: toWire(cause) });
    }
  };
}

function toWire(cause: unknown): WireError {
  if (cause instanceof Error) return { name: cause.name, message: cause.message, stack: cause.stack };
  return { name: "Error", message: String(cause) };
}

/** A FileError keeps its class, for its text is meant for the user; any other is a fault of ours and keeps its stack. */
function fromWire({ name, message, stack }: WireError): Error {
  const error = name === "FileError" ? new FileError(message) : new Error(message);
  error.stack = stack;
  return error;
}
