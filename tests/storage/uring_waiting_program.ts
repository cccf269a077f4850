// Waits for ever for reads of a pipe, for a test that interrupts it.
import fs from "node:fs";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import { UringStorage } from "../../lib/storage/uring_storage.ts";
import { rangesOf } from "../helpers/uring.ts";

const path = process.argv[2];
const file = { path, file: 0, fd: fs.openSync(path, fs.constants.O_RDWR), fileBytes: Infinity };
const storage = new UringStorage({ direct: false, depth: 40 });
const ranges = rangesOf(...Array.from({ length: 100 }, (_, i) => [i * 10, 10, i * 10] as const));
fs.writeSync(1, "waiting\n");
storage.readRanges(file, ranges, alignedBuffer(1000), 0, 100);
