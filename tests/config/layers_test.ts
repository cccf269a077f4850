import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { loadWorkload } from "../../lib/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "mlps-layers-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "below"));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function problemsOf(path: string, ...overrides: string[]): string[] {
  try {
    loadWorkload(path, overrides);
  } catch (error) {
    assert.ok(error instanceof UsageError, `${error} is not a UsageError`);
    return error.message.replaceAll(`${folder}/`, "").split("\n").slice(1).map((line) => line.trim());
  }
  assert.fail("it was accepted");
}

const BASE = `dataset:
  format: parquet
  num_files_train: 4
  num_samples_per_file: 1000
  parquet:
    columns:
      - { name: a, dtype: int8 }
      - { name: b, dtype: int8 }
reader:
  batch_size: 10
  read_threads: 3
`;

test("extends merges mappings key by key; a list takes the place of a list", () => {
  write("base.yaml", BASE);
  const path = write(
    "variant.yaml",
    "extends: ./base.yaml\ndataset: { parquet: { columns: [{ name: c, dtype: int32 }] } }\nreader: { batch_size: 20 }\n",
  );
  const { workload, name } = loadWorkload(path);
  assert.equal(name, "variant");
  assert.deepEqual([workload.reader.batch_size, workload.reader.read_threads], [20, 3]);
  assert.equal(workload.dataset.num_files_train, 4);
  assert.deepEqual(workload.dataset.parquet.columns.map((column) => column.name), ["c"]);
  assert.equal(workload.extends, undefined, "the resolved workload stands alone");
});

test("extends takes an empty section for nothing said, and DLIO's other name of reader for reader", () => {
  write("base.yaml", BASE);
  const { workload } = loadWorkload(
    write("v.yaml", "extends: base.yaml\ndata_reader: { batch_size: 5 }\ndataset:\n"),
  );
  assert.deepEqual([workload.reader.batch_size, workload.dataset.num_files_train], [5, 4]);
});

test("extends names an embedded workload by a bare word, a file by a path relative to the file that says so", () => {
  write("dlrm_b200", BASE); // not taken: the name is a bare word
  const embedded =
    loadWorkload(write("v.yaml", "extends: dlrm_b200\nreader: { read_threads: 9 }\n")).workload;
  assert.deepEqual([embedded.dataset.num_files_train, embedded.reader.read_threads], [1024, 9]);
  write("base.yaml", BASE);
  write("below/middle.yaml", "extends: ../base.yaml\nreader: { read_threads: 7 }\n");
  const { workload } = loadWorkload(
    write("top.yaml", "extends: below/middle.yaml\nreader: { batch_size: 6 }\n"),
  );
  assert.deepEqual([workload.reader.batch_size, workload.reader.read_threads], [6, 7]);
});

test("a wrong value is found in the file that says it, an override wins over all files", () => {
  write("base.yaml", BASE.replace("batch_size: 10", "batch_size: many"));
  const path = write("v.yaml", "extends: base.yaml\nreader:\n  read_threads: -1\n  raed_threads: 2\n");
  assert.deepEqual(problemsOf(path, "train.epochs=0"), [
    "v.yaml:3:17: reader.read_threads: found -1, expected integer >= 0 and <= 1024",
    "v.yaml:4:3: reader.raed_threads: unknown key. Did you mean reader.read_threads?",
    'base.yaml:10:15: reader.batch_size: found "many", expected integer >= 1',
    "--set train.epochs=0: train.epochs: found 0, expected integer >= 1",
  ]);
});

test("a column that a list of the base has is not looked for behind a list that replaced it", () => {
  write("base.yaml", BASE);
  const path = write(
    "v.yaml",
    "extends: base.yaml\ndataset:\n  parquet:\n    columns:\n      - { dtype: int8 }\n",
  );
  assert.deepEqual(problemsOf(path), ["v.yaml:5:9: dataset.parquet.columns[0].name: missing, expected text"]);
});

const REFUSED: readonly (readonly [text: string, problem: RegExp])[] = [
  ["extends: 3", /^v\.yaml:1:10: extends: found 3, expected the name of a workload or the path of a file$/],
  ["extends:", /^v\.yaml:1:9: extends: found null, expected the name/],
  ["extends: [a]", /^v\.yaml:1:10: extends: found \["a"\], expected the name/],
  [
    "extends: drlm_b200",
    /extends: found "drlm_b200", expected a workload that is there\. Did you mean dlrm_b200\?/,
  ],
  [
    "model: {}\nextends: ./none.yaml",
    /^v\.yaml:2:10: extends: found "\.\/none\.yaml", expected a workload that is/,
  ],
  ["extends: v.yaml", /expected a workload that does not build on this one \(v\.yaml -> v\.yaml\)$/],
];

for (const [text, problem] of REFUSED) {
  test(`readLayers() refuses ${JSON.stringify(text)}`, () => {
    const problems = problemsOf(write("v.yaml", text));
    assert.equal(problems.length, 1);
    assert.match(problems[0], problem);
  });
}

test("readLayers() refuses a circle of files, and a chain without end, naming them", () => {
  write("a.yaml", "extends: b.yaml");
  write("b.yaml", "extends: c.yaml");
  const path = write("c.yaml", "extends: a.yaml");
  assert.match(
    problemsOf(path)[0],
    /^b\.yaml:1:10: extends: .*\(c\.yaml -> a\.yaml -> b\.yaml -> c\.yaml\)$/,
  );
  for (let i = 0; i < 12; i++) write(`chain_${i}.yaml`, `extends: chain_${i + 1}.yaml`);
  assert.match(
    problemsOf(join(folder, "chain_0.yaml"))[0],
    /^chain_9\.yaml:1:10: extends: found "chain_10\.yaml", expected at most 10 workloads that build on each other/,
  );
});

test("readLayers() names the base that is no YAML", () => {
  write("base.yaml", "dataset: [");
  assert.throws(
    () => loadWorkload(write("v.yaml", "extends: base.yaml")),
    (error) => error instanceof UsageError && /^Cannot use workload ".*\/base\.yaml": /.test(error.message),
  );
});

test("loadWorkload() tells where each value comes from", () => {
  write("base.yaml", BASE);
  const path = write("v.yaml", "extends: base.yaml\nframework: pytorch\nreader: { batch_size: 20 }\n");
  const { settings } = loadWorkload(path, ["train.seed=5"]);
  const rows = [
    ["extends", undefined, undefined],
    ["framework", "file", `${folder}/v.yaml:2:12`],
    ["reader.batch_size", "file", `${folder}/v.yaml:3:23`],
    ["reader.read_threads", "file", `${folder}/base.yaml:11:17`],
    ["dataset.parquet.columns", "file", `${folder}/base.yaml:7:7`],
    ["train.seed", "override", "--set train.seed=5"],
    ["train.epochs", "default", undefined],
    ["reader.pin_memory", undefined, undefined],
  ] as const;
  for (const [key, source, place] of rows) {
    const setting = settings.find((candidate) => candidate.key === key);
    assert.deepEqual([setting?.source, setting?.place], [source, place], key);
  }
  assert.match(settings.find(({ key }) => key === "framework")!.inert!, /No framework/);
});
