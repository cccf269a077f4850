// Every read of one reader, as lines of a CSV file: what the histograms are checked against. Reads are noted in memory that
// is there beforehand and written when it is full, and at the end of an epoch.
import fs from "node:fs";
import { join } from "node:path";
import { FileError, reasonOf } from "../base/errors.ts";
import type { RawLogTask } from "./protocol.ts";

const HEADER = "epoch,accelerator,reader,path,offset_bytes,bytes,begin_ns,elapsed_ns\n";
const CAPACITY = 2 ** 14;

export interface RawLogOptions extends RawLogTask {
  readonly accelerator: number;
  readonly reader: number;
  readonly pathOf: (file: number) => string;
  /** Hears why the log ends when it cannot be written any more: the measurement of hours that it belongs to goes on. */
  readonly onEnd: (message: string) => void;
}

/** The log of one reader. */
export class RawLog {
  readonly #options: RawLogOptions;
  readonly #path: string;
  readonly #file = new Int32Array(CAPACITY);
  readonly #offset = new Float64Array(CAPACITY);
  readonly #bytes = new Float64Array(CAPACITY);
  readonly #begin = new Float64Array(CAPACITY);
  readonly #elapsed = new Float64Array(CAPACITY);
  #count = 0;
  #epoch = 0;
  /** Undefined once the log has ended. */
  #fd: number | undefined;
  /** Bytes of whole lines in the file. */
  #writtenBytes = 0;

  /** Creates the file. @throws {FileError} */
  constructor(options: RawLogOptions) {
    this.#options = options;
    this.#path = join(options.folder, `reads-${options.phase}-${options.reader}.csv`);
    try {
      this.#fd = fs.openSync(this.#path, "w");
      this.#append(this.#fd, HEADER);
    } catch (cause) {
      throw new FileError({ action: "write", path: this.#path, reason: reasonOf(cause) }, { cause });
    }
  }

  /** Lets the reads that follow belong to epoch `epoch`, 1 for the first. */
  beginEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Notes a read that began `beginNs` after the epoch. */
  add(file: number, offsetBytes: number, bytes: number, beginNs: number, elapsedNs: number): void {
    const at = this.#count;
    this.#file[at] = file;
    this.#offset[at] = offsetBytes;
    this.#bytes[at] = bytes;
    this.#begin[at] = beginNs;
    this.#elapsed[at] = elapsedNs;
    this.#count = at + 1;
    if (at + 1 === CAPACITY) this.flush();
  }

  /** Writes what is noted. */
  flush(): void {
    const text = this.#lines();
    this.#count = 0;
    if (this.#fd === undefined || text === "") return;
    try {
      this.#append(this.#fd, text);
    } catch (cause) {
      const reason = `${reasonOf(cause)}. The log ends here, the run goes on`;
      this.#options.onEnd(new FileError({ action: "write", path: this.#path, reason }).message);
      this.#cutHalfLine(this.#fd);
      this.close();
    }
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  #lines(): string {
    const { accelerator, reader, pathOf } = this.#options;
    let text = "", file = -1, path = "";
    for (let at = 0; at < this.#count; at++) {
      if (this.#file[at] !== file) {
        file = this.#file[at];
        path = csvField(pathOf(file));
      }
      text += `${this.#epoch},${accelerator},${reader},${path},${this.#offset[at]},${this.#bytes[at]},` +
        `${this.#begin[at]},${this.#elapsed[at]}\n`;
    }
    return text;
  }

  #cutHalfLine(fd: number): void {
    try {
      fs.ftruncateSync(fd, this.#writtenBytes);
    } catch {
      // A file that cannot be written may not let itself be cut either; that it ends early has been told.
    }
  }

  #append(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
    this.#writtenBytes += bytes.length;
  }
}

/** Returns a field as RFC 4180 has it. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
