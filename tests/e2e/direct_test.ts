import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { directBlockBytes, probeDirectFolder } from "../../lib/storage/direct_probe.ts";
import { measureResidency } from "../../lib/storage/residency.ts";
import { assertExit, runMlps, runScript } from "../helpers/binary.ts";
import { withTmpfs } from "../helpers/datasets.ts";
import { assertRefused } from "../helpers/refusals.ts";
import { listFiles, onlySummary, setting, testInFolder } from "../helpers/runs.ts";

const NO_DIRECT = "skipped: the filesystem of temporary files refuses O_DIRECT";

function hasDirectIo(folder: string, t: TestContext): boolean {
  try {
    probeDirectFolder(folder, { action: "write", wayOut: "" });
    return true;
  } catch {
    t.skip(NO_DIRECT);
    return false;
  }
}

function hashFiles(folder: string): string[] {
  return listFiles(folder).filter((name) => name.endsWith(".parquet")).map((name) =>
    `${name} ${createHash("sha256").update(fs.readFileSync(join(folder, name))).digest("hex")}`
  );
}

/** Shapes of files: of one row group and less than a block, of several, of odd sizes and compressed. */
const SHAPES: readonly (readonly string[])[] = [
  [],
  ["dataset.num_files_train=80", "dataset.num_samples_per_file=7", "reader.batch_size=1"],
  ["dataset.num_samples_per_file=200001", "dataset.compression=snappy"],
];

for (const shape of SHAPES) {
  testInFolder(
    `mlps datagen writes the same bytes around the page cache: ${shape[0] ?? "as it is"}`,
    async (folder, t) => {
      if (!hasDirectIo(folder, t)) return;
      const datagen = async (dataDir: string, ...more: string[]) => {
        const args = ["datagen", "small.yaml", "--data-dir", dataDir, ...setting(...shape, ...more)];
        assertExit(await runMlps(args, { cwd: folder }), 0);
        return join(folder, dataDir);
      };
      const direct = await datagen("direct", "dataset.odirect=true");
      const files = listFiles(join(direct, "train"));
      const path = (index: number) => join(direct, "train", files[index]);
      const { cachedBytes } = await measureResidency({ numFiles: files.length, path });
      // Cutting off a file's tail brings its last page there.
      const mostBytes = 4096 * files.length;
      assert.ok(
        cachedBytes === undefined || cachedBytes <= mostBytes,
        `${cachedBytes} bytes are in the page cache`,
      );
      assert.deepEqual(hashFiles(direct), hashFiles(await datagen("cached")));
      assert.deepEqual(
        hashFiles(direct),
        hashFiles(await datagen("direct_fs", "storage.storage_type=direct_fs")),
      );
    },
  );
}

interface Opening {
  readonly isMain: boolean;
  readonly flags: string;
}

/** Runs `mlps` under strace and returns how its threads opened data files; undefined where that is not possible. */
async function traceOpenings(folder: string, args: string): Promise<Opening[] | undefined> {
  if (spawnSync("strace", ["-o", "/dev/null", "true"]).status !== 0) return undefined;
  const script = `strace -f --seccomp-bpf -qq -e trace=openat,open -o trace "$MLPS" ${args}`;
  assertExit(await runScript(script, { cwd: folder }), 0);
  const lines = fs.readFileSync(join(folder, "trace"), "utf8").split("\n");
  const main = lines[0].split(" ")[0];
  return lines.filter((line) => /img_\d+_of_\d+\.parquet/.test(line)).map((line) => ({
    isMain: line.split(" ")[0] === main,
    flags: line.slice(line.indexOf('", ')),
  }));
}

testInFolder(
  "with odirect every thread that writes, reads or validates opens files with O_DIRECT",
  async (folder, t) => {
    if (!hasDirectIo(folder, t)) return;
    const odirect = setting("dataset.odirect=true", "reader.odirect=true").join(" ");
    const tiny = setting(
      "dataset.num_files_train=60",
      "dataset.num_samples_per_file=9",
      "reader.batch_size=3",
    ).join(" ");
    const commands = [
      `datagen small.yaml ${odirect} -q`,
      `run small.yaml ${odirect} -q`, // several row groups: footers ahead of extents
      `validate small.yaml ${odirect} -q --deep`,
      `datagen small.yaml ${odirect} -q --data-dir tiny ${tiny}`,
      `run small.yaml ${odirect} -q --data-dir tiny ${tiny}`, // one read a file, footer and all
      `validate small.yaml ${odirect} -q --data-dir tiny ${tiny}`,
    ];
    for (const command of commands) {
      const openings = await traceOpenings(folder, command);
      if (openings === undefined) return t.skip("skipped: strace is not there, or may not trace");
      const ofWorkers = openings.filter(({ isMain }) => !isMain);
      assert.ok(ofWorkers.length > 0, command);
      for (const { flags } of ofWorkers) assert.match(flags, /O_DIRECT/, command);
    }
  },
);

testInFolder(
  "mlps run around the page cache asks for whole blocks and counts what was useful apart",
  async (folder, t) => {
    if (!hasDirectIo(folder, t)) return;
    const args = ["run", "small.yaml", "--quiet", ...setting("storage.storage_type=direct_fs")];
    assertExit(await runMlps(args, { cwd: folder }), 0);
    const { mlps } = onlySummary(join(folder, "results"));
    assert.equal(mlps.direct_io, true);
    // What a file's last block has beyond its end is asked for, with the footer, and not returned.
    const train = join(folder, "data/train");
    const missingBytes = fs.readdirSync(train).map((name) => join(train, name))
      .reduce((sum, path) => {
        const blockBytes = directBlockBytes(path), { size } = fs.statSync(path);
        return sum + Math.ceil(size / blockBytes) * blockBytes - size;
      }, 0);
    assert.ok(missingBytes > 0);
    for (const { bytes } of mlps.epochs) {
      assert.equal(bytes.requested % 512, 0);
      assert.ok(bytes.useful < bytes.requested);
      assert.equal(bytes.requested - bytes.returned, missingBytes);
    }
  },
);

test("mlps refuses direct I/O on a tmpfs before it generates or reads anything, and names it", async (t) => {
  const reason = await withTmpfs("size=64m", async (folder) => {
    const workload =
      `dataset: { data_folder: data, format: parquet, num_samples_per_file: 64, record_length_bytes: 100 }\n` +
      `workflow: { generate_data: true }\ntrain: { computation_time: 0.001 }\n`;
    fs.writeFileSync(join(folder, "w.yaml"), workload);
    const run = (command: string, ...more: string[]) =>
      runMlps([command, "w.yaml", "--quiet", ...setting(...more)], { cwd: folder });
    const filesystem = new RegExp(`its filesystem, tmpfs \\(${folder}\\), keeps files in memory`);
    const cases = [
      ["datagen", "dataset.odirect=true", /^mlps: Cannot write "data" .*--set dataset\.odirect=false$/m],
      ["run", "dataset.odirect=true", /^mlps: Cannot write "data" .*--set dataset\.odirect=false$/m],
      ["run", "reader.odirect=true", /^mlps: Cannot read "data" .*--set reader\.odirect=false$/m],
      ["datagen", "storage.storage_type=direct_fs", /--set storage\.storage_type=local_fs$/m],
    ] as const;
    for (const [command, override, message] of cases) {
      assertRefused(await run(command, override), 3, message, filesystem);
      assert.equal(fs.existsSync(join(folder, "data")), false, command);
    }
    assertExit(await run("datagen", "reader.odirect=true"), 0); // reads nothing
    for (const command of ["run", "validate"]) {
      const message = /^mlps: Cannot read "data\/train\/.*--set reader\.odirect=false$/m;
      assertRefused(await run(command, "reader.odirect=true"), 3, message, filesystem);
    }
    // What is there already needs no direct write.
    assertExit(await run("datagen", "dataset.odirect=true"), 0);
  });
  if (reason !== undefined) t.skip(reason);
});
