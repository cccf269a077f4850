// Whether DLIO's and mlpstorage's workload files mean here what they mean there. The keys are those that
// dlio_benchmark/utils/config.py of argonne-lcf and of mlcommons read (dlio.md §1).
import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { describeOptions } from "../../lib/config/describe.ts";
import { parseWorkload } from "../../lib/config/load.ts";

const KEYS: Readonly<Record<string, string>> = {
  "": "framework",
  model:
    "name type model_size_bytes optimization_groups num_layers layer_parameters model_datatype optimizer_datatype",
  "model.parallelism": "tensor pipeline data zero_stage",
  "model.transformer": "vocab_size hidden_size ffn_hidden_size num_attention_heads num_kv_heads",
  workflow: "generate_data train evaluation checkpoint profiling query",
  storage: "storage_type storage_root storage_library post_generation_settle_seconds",
  "storage.storage_options":
    "storage_library endpoint_url region access_key_id secret_access_key s3_force_path_style " +
    "s3_max_attempts uri_scheme columns prefetch_workers prefetch_window coalesce_rgs footer_cap footer_batch_size " +
    "max_outstanding decode decode_output simulate_io sim_log_secs",
  dataset:
    "record_length_bytes record_length_bytes_stdev record_length_bytes_resize format num_files_train " +
    "num_files_eval num_samples_per_file data_folder num_subfolders_train num_subfolders_eval file_prefix compression " +
    "compression_level enable_chunking chunk_size generation_buffer_size keep_files record_dims record_element_type " +
    "record_element_bytes data_gen_method skip_listing listing_validation_interval num_files_generated",
  "dataset.hdf5": "chunk_dims num_dset_per_record max_shape",
  "dataset.parquet": "columns row_group_size partition_by generation_batch_size use_s3dlio_gen read_mode",
  "dataset.parquet.columns[]": "name dtype size read",
  reader:
    "data_loader batch_size batch_size_eval read_threads write_threads computation_threads prefetch_size " +
    "file_shuffle sample_shuffle shuffle_size read_type file_access transfer_size preprocess_time " +
    "preprocess_time_stdev odirect pin_memory dont_use_mmap multiprocessing_context data_loader_classname " +
    "data_loader_sampler reader_classname transformed_record_dims transformed_record_element_type",
  train: "epochs computation_time computation_time_stdev total_training_steps seed_change_epoch seed",
  evaluation: "eval_time eval_time_stdev eval_after_epoch epochs_between_evals",
  checkpoint:
    "checkpoint_folder checkpoint_after_epoch epochs_between_checkpoints steps_between_checkpoints type " +
    "fsync time_between_checkpoints num_checkpoints_write num_checkpoints_read recovery_rank_shift rank_sync mode " +
    "randomize_tensor checkpoint_mechanism_classname",
  "checkpoint.ksm": "madv_mergeable_id high_ram_trigger low_ram_exit await_time",
  output: "folder log_file",
  "output.metric": "exclude_start_steps exclude_end_steps",
  profiling: "profiler iostat_devices",
  metric: "au",
};

test("the schema knows every key of DLIO, and says of each that does nothing why", () => {
  const options = new Map(describeOptions().map((option) => [option.key, option]));
  for (const [section, names] of Object.entries(KEYS)) {
    for (const name of names.split(" ")) {
      const key = section === "" ? name : `${section}.${name}`, option = options.get(key);
      assert.ok(option !== undefined, `${key} is not in the schema`);
      assert.equal(option.source, "DLIO", key);
      if (option.effect === "none") assert.match(option.why ?? "", /^[A-Z].+\.$/, key);
      if (option.effect === "none") {
        assert.ok(option.type !== "anything" || option.isSection, `${key} has no type`);
      }
    }
  }
});

test("the schema has no key of DLIO's that DLIO has not", () => {
  const known = Object.entries(KEYS).flatMap(([section, names]) =>
    names.split(" ").map((name) => section === "" ? name : `${section}.${name}`)
  );
  const inFilesOnly = ["model.model_size", "dataset.record_length"]; // which MLPerf's files have and DLIO ignores
  const unknown = describeOptions().filter(({ key, source, isSection }) =>
    source === "DLIO" && !isSection && !known.includes(key) && !inFilesOnly.includes(key)
  );
  assert.deepEqual(unknown.map(({ key }) => key), []);
});

/** In the shape of MLPerf's DLRM and FLUX files: all their sections and keys. */
const MLPERF = `model:
  name: flux
  type: cnn
  model_size: 499153191

framework: pytorch

workflow:
  generate_data: False
  train: True
  checkpoint: False

dataset:
  data_folder: data/flux/
  format: parquet
  compression: none
  num_files_train: 40
  num_samples_per_file: 288
  record_length: 2164832
  parquet:
    row_group_size: 6144
    generation_batch_size: 10000
    read_mode: row_group
    columns:
      - name: t5_encodings
        dtype: float32
        size: 512
        read: true
      - name: timestamp
        dtype: float32
        size: 7
        read: false

reader:
  data_loader: pytorch
  batch_size: 48
  read_threads: 8
  computation_threads: 4
  file_shuffle: seed
  sample_shuffle: off

train:
  epochs: 1
  computation_time: 1.35

checkpoint:
  checkpoint_folder: checkpoints/flux
  checkpoint_after_epoch: 5
  epochs_between_checkpoints: 2

storage:
  storage_root: ./
  storage_type: local_fs

metric:
  au: 0.90
`;

test("a workload file in the shape of MLPerf's is taken as it is, with a note for each key without effect", () => {
  const { workload, notes } = parseWorkload({ label: "flux.yaml", text: MLPERF });
  assert.deepEqual([workload.reader.batch_size, workload.train.computation_time, workload.metric.au], [
    48,
    1.35,
    0.9,
  ]);
  assert.deepEqual([workload.reader.file_shuffle, workload.reader.sample_shuffle], ["seed", "off"]);
  assert.deepEqual(workload.dataset.parquet.columns.map(({ read }) => read), [true, false]);
  assert.deepEqual(notes.map((note) => note.split(" ")[1].replace(":", "")), [
    "model.type",
    "model.model_size",
    "framework",
    "dataset.parquet.read_mode",
    "dataset.parquet.generation_batch_size",
    "dataset.record_length",
    "reader.data_loader",
    "reader.computation_threads",
    "checkpoint",
  ]);
});

// mlpstorage passes parameters to DLIO as Hydra's overrides.
const OVERRIDES: readonly (readonly [override: string, key: string, value: unknown])[] = [
  ["++workload.dataset.num_files_train=56", "dataset.num_files_train", 56],
  ["++workload.dataset.data_folder=/mnt/data/flux", "dataset.data_folder", "/mnt/data/flux"],
  ["++workload.dataset.skip_listing=True", "dataset.skip_listing", true],
  ["++workload.reader.read_threads=16", "reader.read_threads", 16],
  ["++workload.reader.odirect=True", "reader.odirect", true],
  ["++workload.storage.storage_type=direct_fs", "reader.odirect", true],
  ["++workload.storage.storage_type=direct_fs", "dataset.odirect", true],
  ["++workload.dataset.format=synthetic", "dataset.format", "synthetic"],
  ["++workload.storage.storage_options.columns=[timestamp]", "dataset.parquet.columns", [
    { name: "t5_encodings", dtype: "float32", size: 512, read: false, distribution: "uniform" },
    { name: "timestamp", dtype: "float32", size: 7, read: true, distribution: "uniform" },
  ]],
  ["workload.train.total_training_steps=7", "train.total_training_steps", 7],
  ["++workload.workflow.generate_data=true", "workflow.generate_data", true],
];

for (const [override, key, value] of OVERRIDES) {
  test(`the override ${override} is taken as it is`, () => {
    const { settings } = parseWorkload({ label: "flux.yaml", text: MLPERF }, [override]);
    assert.deepEqual(settings.find((setting) => setting.key === key)?.value, value);
  });
}

test("YAML 1.1's words and numbers mean what they mean to DLIO", () => {
  const text = "dataset: { format: parquet, num_samples_per_file: 1_000_000 }\n" +
    "workflow: { train: yes, generate_data: On, evaluation: no, checkpoint: OFF, profiling: False }\n" +
    "reader: &r { file_shuffle: off, sample_shuffle: Off, odirect: off }\n";
  const { workload } = parseWorkload({ label: "w", text });
  assert.equal(workload.dataset.num_samples_per_file, 1_000_000);
  assert.deepEqual([workload.workflow.train, workload.workflow.generate_data], [true, true]);
  assert.deepEqual([workload.reader.file_shuffle, workload.reader.sample_shuffle], ["off", "off"]);
  assert.equal(workload.reader.odirect, false);
});

/** Formats and storage that DLIO has and mlps has not: one clear line each. */
const UNSUPPORTED: readonly (readonly [from: string, to: string, line: RegExp])[] = [
  ...[
    "npz",
    "npy",
    "tfrecord",
    "hdf5",
    "hdf5_opt",
    "csv",
    "jpeg",
    "png",
    "indexed_binary",
    "mmap_indexed_binary",
  ]
    .map((format) =>
      [
        "format: parquet",
        `format: ${format}`,
        new RegExp(
          `^ {2}flux\\.yaml:15:11: dataset\\.format: found "${format}", expected parquet \\| synthetic\\. mlps reads parquet, and with synthetic nothing`,
        ),
      ] as const
    ),
  [
    "storage_type: local_fs",
    "storage_type: s3",
    /^ {2}flux\.yaml:\d+:17: storage\.storage_type: found "s3", expected local_fs/,
  ],
  ["storage_type: local_fs", "storage_type: aistore", /found "aistore", expected local_fs/],
  [
    "checkpoint: False",
    "checkpoint: True",
    /^ {2}flux\.yaml:11:15: workflow\.checkpoint: found true, expected false\. mlps does/,
  ],
];

for (const [from, to, line] of UNSUPPORTED) {
  test(`a workload with ${to} is refused with one line`, () => {
    assert.ok(MLPERF.includes(from));
    assert.throws(() => parseWorkload({ label: "flux.yaml", text: MLPERF.replace(from, to) }), (error) => {
      assert.ok(error instanceof UsageError);
      const lines = error.message.split("\n");
      assert.equal(lines.length, 2);
      assert.match(lines[1], line);
      return true;
    });
  });
}
