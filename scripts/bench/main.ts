// The benchmarks behind docs/performance.md, measured against target side by side in one run. Needs about 13 GB of disk
// below --folder (default ./data/bench) and 12 GB of memory for page cache; removes what it made unless --keep.
// --prototype SCRIPT compares AU with another program, in turn; --only PART runs one of: footer dlrm instrumentation fio
// uring engines parallel datagen parquet.
import fs from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchDatagen } from "./datagen.ts";
import { benchArgs, benchDlrm } from "./dlrm.ts";
import { benchEngines, benchEnginesInMemory, benchParallelStorage } from "./engines.ts";
import { benchDirect } from "./fio_direct.ts";
import { benchAgainstFio } from "./fio_ranges.ts";
import { benchFooter } from "./footer.ts";
import { benchInstrumentation } from "./instrumentation.ts";
import { benchParquet } from "./parquet.ts";
import { hasProgram, MLPS, printHead, printRow, ROOT, runProgram } from "./tools.ts";
import { benchUring } from "./uring.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: join(ROOT, "data/bench") },
    rounds: { type: "string", default: "5" },
    prototype: { type: "string" },
    only: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const dataDir = join(values.folder, "dlrm_b200");
const wants = (part: string) => values.only === undefined || values.only === part;

fs.mkdirSync(values.folder, { recursive: true });
if (["dlrm", "instrumentation", "fio", "uring", "engines", "parallel"].some(wants)) {
  runProgram(MLPS, ["datagen", ...benchArgs(dataDir), "-q"]);
}
printHead();
if (wants("footer")) benchFooter();
if (wants("dlrm")) benchDlrm(dataDir, rounds, values.prototype);
if (wants("instrumentation")) benchInstrumentation(dataDir, rounds);
if (wants("fio") && hasProgram("fio")) {
  await benchAgainstFio(dataDir, rounds);
  benchDirect(join(values.folder, "sequential"), rounds);
} else if (wants("fio")) {
  printRow({ what: "against fio", measured: "skipped: fio is not installed", target: "" });
}
if (wants("uring") && hasProgram("fio")) {
  benchUring(dataDir, rounds);
  benchEngines(dataDir, rounds);
}
if (wants("uring") || wants("engines")) benchEnginesInMemory(dataDir, rounds);
if (wants("uring") || wants("parallel")) await benchParallelStorage(dataDir, rounds);
if (wants("datagen")) benchDatagen(values.folder, rounds);
if (wants("parquet")) await benchParquet(join(values.folder, "parquet"), { rounds, keep: values.keep });
if (!values.keep) {
  for (const path of [dataDir, `${dataDir}.results`]) fs.rmSync(path, { recursive: true, force: true });
}
