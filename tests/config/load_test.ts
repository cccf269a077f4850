import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { loadWorkload, parseWorkload, renderWorkload } from "../../lib/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "mlps-config-"));
after(() => rmSync(folder, { recursive: true }));

const DATASET = "dataset: { format: parquet, num_samples_per_file: 100 }\n";

function parse(text: string, ...overrides: string[]) {
  return parseWorkload({ label: "w.yaml", text }, overrides);
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof UsageError, `${error} is not a UsageError`);
    return error.message;
  }
  assert.fail("it was accepted");
}

function columns(...lines: string[]): string {
  return [
    "dataset:",
    "  format: parquet",
    "  parquet:",
    "    columns:",
    ...lines.map((line) => `      - ${line}`),
  ]
    .join("\n");
}

// Each row: the text, then every part that the message must have.
const WRONG_TEXTS: readonly (readonly [text: string, ...parts: string[]])[] = [
  // The text as a whole.
  ["", "it is empty, a mapping of sections wanted"],
  ["# only a comment\n", "it is empty"],
  ["- dataset\n- reader\n", "it is a list, a mapping of sections wanted"],
  ["dlrm", "it is a single value, a mapping of sections wanted"],
  ["\0PAR1\0\0", 'Cannot use workload "w.yaml"'],
  // YAML.
  ["dataset: {format: parquet\nreader: {}", "w.yaml:2:1:", "end with a }"],
  [`${DATASET}reader:\n\tbatch_size: 3`, "w.yaml:3:1:", "Tabs are not allowed"],
  ["a: b: c", "w.yaml:1:4:", "Nested mappings"],
  [`${DATASET}reader:\n  batch_size: 1\n  batch_size: 2`, "w.yaml:4:3:", 'duplicate key "batch_size"'],
  [`${DATASET}---\n${DATASET}`, "w.yaml:2:1:", "a second YAML document begins here"],
  [`${DATASET}reader: *shared`, "w.yaml:2:9:", "unknown alias *shared", "&shared"],
  [`${DATASET}reader: !!python/object {}`, "w.yaml:2:9:", "tag"],
  [
    `a: &a [${"1,".repeat(9)}]\nb: &b [${"*a,".repeat(9)}]\nc: &c [${"*b,".repeat(9)}]\nd: [${
      "*c,".repeat(9)
    }]`,
    "Excessive alias count",
  ],
  // Unknown keys.
  [`${DATASET}readr: {}`, "w.yaml:2:1: readr: unknown key. Did you mean reader?"],
  [
    `${DATASET}reader: { batchSize: 1 }`,
    "w.yaml:2:11: reader.batchSize: unknown key. Did you mean reader.batch_size?",
  ],
  [`${DATASET}reader: { epochs: 1 }`, "w.yaml:2:11:", "It belongs elsewhere: train.epochs"],
  [`${DATASET}batch_size: 1`, "w.yaml:2:1: batch_size:", "It belongs elsewhere: reader.batch_size"],
  [`${DATASET}metric: { threshold: 1 }`, "w.yaml:2:11: metric.threshold: unknown key, expected one of au"],
  [
    `${DATASET}toString: 1\n__proto__: 2`,
    "w.yaml:2:1: toString: unknown key",
    "w.yaml:3:1: __proto__: unknown key",
  ],
  [
    "dataset:\n  format: parquet\n  columns: []",
    "w.yaml:3:3:",
    "It belongs elsewhere: dataset.parquet.columns",
  ],
  [
    columns("{ name: a, dtype: int8, reed: true }"),
    "w.yaml:5:33:",
    "columns[0].reed: unknown key. Did you mean",
  ],
  [`${DATASET}data_reader: {}\nreader: {}`, "w.yaml:2:1: data_reader: found beside reader"],
  [`${DATASET}data_reader: { batch_size: x }`, 'w.yaml:2:28: reader.batch_size: found "x"'],
  // Types and ranges.
  ["reader: {}", "w.yaml:1:1: dataset: missing, expected a mapping"],
  ["dataset: {}", "w.yaml:1:10: dataset.format: missing, expected parquet | synthetic"],
  ["dataset: 3", "w.yaml:1:10: dataset: found 3, expected a mapping"],
  [
    "dataset: { format: npz }",
    "w.yaml:1:20:",
    'found "npz", expected parquet | synthetic',
    "mlps reads parquet",
  ],
  ["dataset: { format: Parquet }", 'found "Parquet", expected parquet | synthetic. Did you mean parquet?'],
  [`${DATASET}reader: []`, "w.yaml:2:9: reader: found [], expected a mapping"],
  [
    `${DATASET}reader: { batch_size: abc }`,
    'w.yaml:2:23: reader.batch_size: found "abc", expected integer >= 1',
  ],
  [`${DATASET}reader: { batch_size: "1" }`, 'found "1", expected integer >= 1'],
  [`${DATASET}reader: { batch_size: }`, "found null, expected integer >= 1"],
  [`${DATASET}reader: { batch_size: 0 }`, "found 0, expected integer >= 1"],
  [`${DATASET}reader: { batch_size: 1.5 }`, "found 1.5, expected integer >= 1"],
  [`${DATASET}reader: { batch_size: [1, 2] }`, "found [1,2], expected integer >= 1"],
  [`${DATASET}reader: { read_threads: 5000 }`, "found 5000, expected integer >= 0 and <= 1024"],
  [`${DATASET}reader: { file_shuffle: sometimes }`, 'found "sometimes", expected off | seed | random'],
  [`${DATASET}reader: { sample_shuffle: true }`, "found true, expected off | seed | random"],
  [
    `${DATASET}reader: { decode: value }`,
    'found "value", expected values | pages | none. Did you mean values?',
  ],
  [`${DATASET}reader: { read_type: memory }`, "w.yaml:2:22:", "Use on_demand"],
  [`${DATASET}reader: { odirect: 1 }`, "found 1, expected true or false"],
  [`${DATASET}reader: { coalesce_gap_bytes: -1 }`, "found -1, expected integer >= 0"],
  [`${DATASET}reader: { preprocess_time: -1 }`, "found -1, expected number >= 0 or a mapping. Write seconds"],
  ["dataset: { format: parquet, num_files_train: 9007199254740992 }", "expected at most 9007199254740991"],
  ["dataset: { format: parquet, num_samples_per_file: -5 }", "found -5, expected integer >= 1"],
  ["dataset: { format: parquet, record_length_bytes: 0 }", "found 0, expected number > 0"],
  [
    "dataset: { format: parquet, compression: lzf }",
    'found "lzf", expected none | snappy | gzip | zstd | lz4',
  ],
  [
    "dataset: { format: parquet, compression: gzip, compression_level: 10 }",
    "w.yaml:1:67: dataset.compression_level: found 10, expected 1 to 9 for gzip",
  ],
  [
    "dataset: { format: parquet, compression: zstd, compression_level: 23 }",
    "found 23, expected 1 to 22 for zstd",
  ],
  ["dataset: { format: parquet, file_prefix: a/b }", 'found "a/b", expected text', "cannot hold a slash"],
  ['dataset: { format: parquet, data_folder: "" }', 'found "", expected text'],
  ["dataset: { format: parquet, parquet: { row_group_size: 0 } }", "w.yaml:1:56:", "integer >= 1"],
  [
    "dataset: { format: parquet, parquet: { encoding: dictionnary } }",
    'found "dictionnary", expected plain | dictionary. Did you mean dictionary?',
  ],
  ["dataset: { format: parquet, parquet: { page_size: 0 } }", "found 0, expected integer >= 1"],
  [
    columns("{ name: a, dtype: int32, distribution: zipf }"),
    'w.yaml:5:48: dataset.parquet.columns[0].distribution: found "zipf", expected a cardinality beside it',
  ],
  [
    columns("{ name: a, dtype: int32, cardinality: 9, exponent: 2 }"),
    "w.yaml:5:60: dataset.parquet.columns[0].exponent: found 2, expected distribution: zipf beside it",
  ],
  [
    columns("{ name: a, dtype: float16, cardinality: 2000 }"),
    "w.yaml:5:49: dataset.parquet.columns[0].cardinality: found 2000, expected at most 1024",
  ],
  [columns("{ name: a, dtype: bool, cardinality: 3 }"), "expected at most 2: generated values of bool"],
  [columns("{ name: a, dtype: int8, cardinality: 0 }"), "found 0, expected integer >= 1"],
  ["dataset: { format: parquet, parquet: { partition_by: [a] } }", 'found ["a"], expected nothing'],
  [`${DATASET}train: { epochs: .nan }`, "w.yaml:2:18: train.epochs: found NaN, expected integer >= 1"],
  [`${DATASET}train: { computation_time: -0.1 }`, "found -0.1, expected number >= 0 or a mapping"],
  [`${DATASET}train: { computation_time: .inf }`, "found Infinity, expected number >= 0"],
  [
    `${DATASET}train: { computation_time: { type: weibull, mean: 1 } }`,
    'found {"type":"weibull","mean":1}, expected number >= 0 or a mapping. Write seconds, {mean, stdev}, ',
  ],
  [`${DATASET}train: { total_training_steps: 0 }`, "found 0, expected -1 or integer >= 1"],
  [`${DATASET}train: { seed: -1 }`, "found -1, expected integer >= 0 and <= 4294967295"],
  [`${DATASET}metric: { au: 90 }`, "found 90, expected number > 0 and <= 1"],
  [`${DATASET}metric: { au: 0 }`, "found 0, expected number > 0 and <= 1"],
  [
    `${DATASET}workflow: { evaluation: true }`,
    "dataset.num_files_eval: found 0, expected at least 1 with workflow.evaluation: true",
  ],
  [
    "dataset: { format: parquet, num_files_eval: 2, num_samples_per_file: 100 }\nworkflow: { evaluation: true }\n" +
    "reader: { batch_size_eval: 201 }",
    "w.yaml:3:28: reader.batch_size_eval: found 201, expected at most the 200 evaluation samples",
  ],
  [`${DATASET}evaluation: { epochs_between_evals: 0 }`, "found 0, expected integer >= 1"],
  [`${DATASET}workflow: { checkpoint: True }`, "workflow.checkpoint: found true, expected false"],
  [`${DATASET}storage: { storage_type: s3 }`, 'found "s3", expected local_fs'],
  // Several values together.
  [`${DATASET}reader: { batch_size: 801 }`, "w.yaml:2:23:", "found 801, expected at most the 800 samples"],
  [
    columns("{ name: a, dtype: float61 }"),
    "w.yaml:5:27:",
    '"float61"',
    "float16 | float32",
    "Did you mean float16?",
  ],
  [columns("{ dtype: int8 }"), "w.yaml:5:9: dataset.parquet.columns[0].name: missing, expected text"],
  [columns("3"), "w.yaml:5:9: dataset.parquet.columns[0]: found 3, expected a mapping"],
  [columns("{ name: a, dtype: int8, size: 0 }"), "columns[0].size: found 0, expected integer >= 1"],
  [
    columns("{ name: a, dtype: int8 }", "{ name: a, dtype: int8 }"),
    "w.yaml:6:17:",
    'found "a" again',
    "columns[0]",
  ],
  [columns("{ name: a, dtype: int8, read: false }"), "w.yaml:5:7:", "no column has read: true"],
];

for (const [text, ...parts] of WRONG_TEXTS) {
  test(`parseWorkload() refuses ${JSON.stringify(text.slice(0, 90))}`, () => {
    const message = messageOf(() => parse(text));
    for (const part of parts) assert.ok(message.includes(part), `${part}\n is not in \n${message}`);
  });
}

test("parseWorkload() reports all problems at once, in the order of the file", () => {
  const text =
    "metric: { au: 2 }\nreader:\n  batchsize: 3\n  foo: 1\n  read_threads: -1.5\ndataset: { format: npz }\n";
  const lines = messageOf(() => parse(text, "train.epochs=0")).split("\n");
  assert.equal(lines[0], 'Cannot use workload "w.yaml": 6 problems');
  assert.deepEqual(lines.slice(1).map((line) => /^ {2}(\S+ ?\S+): \w+\.\w+:/.exec(line)?.[1]), [
    "w.yaml:1:15",
    "w.yaml:3:3",
    "w.yaml:4:3",
    "w.yaml:5:17",
    "w.yaml:6:20",
    "--set train.epochs=0",
  ]);
});

test("parseWorkload() shortens long values", () => {
  const message = messageOf(() => parse(`${DATASET}reader: { batch_size: ${"x".repeat(5000)} }`));
  assert.ok(message.length < 300, message);
});

test("parseWorkload() accepts what DLIO's YAML reader accepts", () => {
  const text = [
    "dataset: { format: parquet, num_samples_per_file: 1e4, compression: none }",
    "workflow: { generate_data: yes, train: True, evaluation: off, checkpoint: False }",
    "reader: { file_shuffle: off, sample_shuffle: seed, read_threads: 0, prefetch_size: 0, batch_size: 12.0 }",
    "train: { computation_time: { mean: 3.75e-4 } }",
    "model:",
    "metric: {}",
  ].join("\n");
  const { workload } = parse(text);
  assert.equal(workload.dataset.num_samples_per_file, 10000);
  assert.equal(workload.dataset.compression, "none");
  assert.deepEqual(workload.workflow, {
    generate_data: true,
    train: true,
    evaluation: false,
    checkpoint: false,
    profiling: false,
  });
  assert.equal(workload.reader.file_shuffle, "off");
  assert.equal(workload.reader.sample_shuffle, "seed");
  assert.equal(workload.reader.batch_size, 12);
  assert.equal(workload.train.computation_time, 0.000375);
  assert.equal(workload.model.name, "default");
  assert.equal(workload.metric.au, 0.9);
});

test("parseWorkload() takes data_reader for reader, and follows anchors and merge keys", () => {
  const text = `${DATASET}model: &base {}\ndata_reader: { <<: *base, batch_size: 9 }`;
  assert.equal(parse(text).workload.reader.batch_size, 9);
});

test("parseWorkload() notes every key without effect, with its place", () => {
  const text = "framework: pytorch\nmodel: { name: a, type: cnn, model_size: 5 }\n" +
    "dataset: { format: parquet, num_samples_per_file: 9, record_length: 7 }\n" +
    "reader:\n  batch_size: 4\n  pin_memory: true\n" +
    "checkpoint: { checkpoint_folder: c, checkpoint_after_epoch: 5 }\n";
  const { notes } = parse(text, "reader.transfer_size=3");
  assert.deepEqual(notes.map((note) => /^(.*): has no effect\. [A-Z]/.exec(note)?.[1]), [
    "w.yaml:2:19: model.type",
    "w.yaml:2:30: model.model_size",
    "w.yaml:1:1: framework",
    "w.yaml:3:54: dataset.record_length",
    "--set reader.transfer_size=3: reader.transfer_size",
    "w.yaml:6:3: reader.pin_memory",
    "w.yaml:7:1: checkpoint",
  ]);
});

test("parseWorkload() returns a frozen workload", () => {
  const { workload } = parse(columns("{ name: a, dtype: int8 }"));
  const { columns: list } = workload.dataset.parquet;
  for (const part of [workload, workload.reader, workload.dataset.parquet, list, list[0]]) {
    assert.ok(Object.isFrozen(part));
  }
});

test("renderWorkload() gives a text that loads as the same workload", () => {
  const texts = [
    DATASET,
    `${DATASET}model: { name: "off" }\nreader: { prefetch_size: 0, read_threads: 4, pin_memory: true }`,
    `${DATASET}model: { name: "1e3" }\ntrain: { computation_time: 1e-7, total_training_steps: 5 }`,
    columns(`{ name: "a: b, c", dtype: string, size: 3 }`, `{ name: "yes", dtype: list, read: no }`),
  ];
  for (const text of texts) {
    const { workload } = parse(text);
    assert.deepEqual(parse(renderWorkload(workload)).workload, workload);
  }
});

test("loadWorkload() reads a file and names the workload after it", () => {
  const path = join(folder, "mine.yml");
  writeFileSync(path, DATASET);
  const loaded = loadWorkload(path, ["reader.batch_size=7"]);
  assert.deepEqual([loaded.name, loaded.source, loaded.workload.reader.batch_size], ["mine", path, 7]);
});

test("loadWorkload() finds embedded workloads by name, with or without .yaml and workloads/", () => {
  for (const name of ["dlrm", "dlrm.yaml", "workloads/dlrm.yaml", "./workloads/dlrm"]) {
    const loaded = runIn(folder, () => loadWorkload(name));
    assert.deepEqual([loaded.name, loaded.source], ["dlrm", "embedded"]);
  }
});

test("loadWorkload() prefers a file to an embedded workload, but not a folder", () => {
  writeFileSync(join(folder, "dlrm.yaml"), DATASET);
  assert.equal(runIn(folder, () => loadWorkload("dlrm.yaml")).source, "dlrm.yaml");
  mkdirSync(join(folder, "dlrm"));
  assert.equal(runIn(folder, () => loadWorkload("dlrm")).source, "embedded");
});

test("loadWorkload() names the place of a problem in an embedded workload", () => {
  const message = messageOf(() =>
    loadWorkload("dlrm_b200", ["dataset.num_files_train=1", "reader.decode=x"])
  );
  assert.match(
    message,
    /^Cannot use workload "dlrm_b200 \(embedded\)": 1 problem\n {2}--set reader.decode=x: /,
  );
  const together = messageOf(() =>
    loadWorkload("dlrm_b200", ["dataset.num_files_train=1", "dataset.num_samples_per_file=1"])
  );
  assert.match(
    together,
    /dlrm_b200 \(embedded\):\d+:15: reader.batch_size: found 12288, expected at most the 1 /,
  );
});

const UNREADABLE: readonly (readonly [name: string, ...parts: string[]])[] = [
  ["drlm_b200", 'Cannot find workload "drlm_b200"', "Did you mean dlrm_b200?", "dlrm, dlrm_b200, "],
  ["something.yaml", 'Cannot find workload "something.yaml"', "Workloads in this program: dlrm, dlrm_b200"],
  ["/mnt/none/dlrm_x.yaml", 'Cannot find workload "/mnt/none/dlrm_x.yaml"', "Did you mean dlrm?"],
  ["x".repeat(5000), "Cannot read workload"],
  [folder, "Cannot find workload"],
];

for (const [name, ...parts] of UNREADABLE) {
  test(`loadWorkload() refuses ${name.slice(0, 40)}`, () => {
    const message = messageOf(() => loadWorkload(name));
    for (const part of parts) assert.ok(message.includes(part), `${part}\n is not in \n${message}`);
  });
}

test("loadWorkload() refuses a file that is too large for a workload", () => {
  const path = join(folder, "data.parquet");
  writeFileSync(path, new Uint8Array(17 * 1024 * 1024));
  assert.match(messageOf(() => loadWorkload(path)), /17825792 bytes found, a YAML file of some KB wanted/);
});

function runIn<T>(path: string, run: () => T): T {
  const before = process.cwd();
  process.chdir(path);
  try {
    return run();
  } finally {
    process.chdir(before);
  }
}
