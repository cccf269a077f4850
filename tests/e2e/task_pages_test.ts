// The pages of docs/tasks work as written: every ```sh block of a page runs, in order, in one folder that is empty at
// first. What a page does in minutes on a real storage is made small by the replacements below, and by nothing else.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertExit, BINARY, runScript } from "../helpers/binary.ts";
import { testInFolder } from "../helpers/runs.ts";

/** A page takes some ten seconds, and several times that on a host that is busy with something else. */
const TIMEOUT_MS = 120_000;
const PAGES = fileURLToPath(new URL("../../docs/tasks", import.meta.url).href);

/** The workloads of the pages, with other sizes. A file that bears the name of one is used in its place. */
const SMALL_WORKLOADS = {
  "dlrm.yaml": `extends: dlrm
dataset: { num_files_train: 2, num_samples_per_file: 24576, parquet: { row_group_size: 1024 } }
reader: { batch_size: 2048, read_threads: 2 }
train: { epochs: 3, computation_time: 0.005 }
`,
  "flux_b200.yaml": `extends: flux_b200
dataset:
  num_samples_per_file: 96
  record_length_bytes: 1024
  parquet: { columns: [{ name: a, dtype: float32, size: 256 }] }
reader: { batch_size: 8, read_threads: 1 }
train: { computation_time: 0.01 }
`,
};

/** What a command of a page is replaced by, and why. */
const REPLACEMENTS: readonly [found: RegExp, replacement: string][] = [
  [/\/mnt\/nvme\b/g, "nvme"], // nobody's storage is mounted there: a folder of the test
  [/(?<= )(dlrm|flux_b200)(?= |$)/gm, "$1.yaml"], // the small workloads
  [/num_files_train=\d+/g, "num_files_train=2"], // 24 steps, with which a scan ends at two accelerators
  [/-n \d+/g, "-n 2"],
  [/--repeat \d+/g, "--repeat 3"],
  [/--seconds \d+/g, "--seconds 1"],
];

/** Returns the ```sh blocks of a page as one script. */
function readScript(page: string): string {
  const blocks = fs.readFileSync(join(PAGES, page), "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  const script = [...blocks].map(([, block]) => block).join("");
  return REPLACEMENTS.reduce((text, [found, replacement]) => text.replace(found, replacement), script);
}

for (const page of fs.readdirSync(PAGES)) {
  testInFolder(`docs/tasks/${page} works as written`, async (folder) => {
    const bin = join(folder, "bin"), cwd = join(folder, "cwd");
    for (const path of [bin, cwd, join(cwd, "nvme")]) fs.mkdirSync(path);
    fs.symlinkSync(BINARY, join(bin, "mlps"));
    for (const [name, text] of Object.entries(SMALL_WORKLOADS)) fs.writeFileSync(join(cwd, name), text);
    const script = readScript(page);
    assert.match(script, /^mlps /m);
    const env = { PATH: `${bin}:${process.env.PATH}` };
    assertExit(await runScript(`set -eo pipefail\n${script}`, { cwd, env, timeoutMs: TIMEOUT_MS - 5000 }), 0);
  }, { timeoutMs: TIMEOUT_MS });
}
