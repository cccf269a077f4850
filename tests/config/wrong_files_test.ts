// Workload files as people get them wrong: each problem with its place, the value, what was expected and what to do, and
// all problems of a file at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { parseWorkload } from "../../lib/config/load.ts";

const DATASET = "dataset:\n  format: parquet\n  num_files_train: 4\n  num_samples_per_file: 100\n";

const WRONG_FILES: readonly (readonly [text: string, ...problems: string[]])[] = [
  [
    "model: { name: a }\n",
    "w.yaml:1:1: dataset: missing, expected a mapping",
  ],
  [
    "dataset:\n  num_files_train: 4\n",
    "w.yaml:2:3: dataset.format: missing, expected parquet | synthetic. mlps reads parquet, and with synthetic nothing; the other formats of DLIO are not supported yet",
  ],
  [
    "dataset:\n  format: npz\n  num_files_train: 4\n  num_samples_per_file: 100\n",
    'w.yaml:2:11: dataset.format: found "npz", expected parquet | synthetic. mlps reads parquet, and with synthetic nothing; the other formats of DLIO are not supported yet',
  ],
  [
    "dataset:\n  format: tfrecord\n  num_files_train: 4\n  num_samples_per_file: 100\nstorage:\n  storage_type: s3\n  storage_root: bucket\n",
    'w.yaml:2:11: dataset.format: found "tfrecord", expected parquet | synthetic. mlps reads parquet, and with synthetic nothing; the other formats of DLIO are not supported yet',
    'w.yaml:6:17: storage.storage_type: found "s3", expected local_fs | parallel_fs | direct_fs. mlps reads mounted filesystems, shared ones too: use local_fs',
  ],
  [
    "dataset:\n  format: parquet\n  num_files_train: four\n  num_samples_per_file: 100\n",
    'w.yaml:3:20: dataset.num_files_train: found "four", expected integer >= 1',
  ],
  [
    "dataset:\n  format: parquet\n  num_files_train: 0\n  num_samples_per_file: 100\n",
    "w.yaml:3:20: dataset.num_files_train: found 0, expected integer >= 1",
  ],
  [
    "dataset:\n  format: parquet\n  num_file_train: 4\n  num_samples_per_file: 100\n",
    "w.yaml:3:3: dataset.num_file_train: unknown key. Did you mean dataset.num_files_train?",
  ],
  [
    "dataset:\n  format: parquet\n  num_files_train: 4\n  num_samples_per_file: 1.5\n",
    "w.yaml:4:25: dataset.num_samples_per_file: found 1.5, expected integer >= 1",
  ],
  [
    "dataset:\n  format: parquet\n  num_files_train: 4\n  num_samples_per_file: '100'\n",
    'w.yaml:4:25: dataset.num_samples_per_file: found "100", expected integer >= 1',
  ],
  [
    `${DATASET}  record_length_bytes: -1\n  record_length: 5\n`,
    "w.yaml:5:24: dataset.record_length_bytes: found -1, expected number > 0",
  ],
  [
    `${DATASET}  compression: bz2\n`,
    'w.yaml:5:16: dataset.compression: found "bz2", expected none | snappy | gzip | zstd | lz4',
  ],
  [
    `${DATASET}  file_prefix: train/img\n`,
    'w.yaml:5:16: dataset.file_prefix: found "train/img", expected text. It is the beginning of a file name, so it cannot hold a slash',
  ],
  [
    `${DATASET}  batch_size: 8\n`,
    "w.yaml:5:3: dataset.batch_size: unknown key. It belongs elsewhere: reader.batch_size",
  ],
  [
    `${DATASET}  parquet:\n    row_group_size: 0\n    row_groupsize: 4\n`,
    "w.yaml:6:21: dataset.parquet.row_group_size: found 0, expected integer >= 1",
    "w.yaml:7:5: dataset.parquet.row_groupsize: unknown key. Did you mean dataset.parquet.row_group_size?",
  ],
  [
    `${DATASET}  parquet:\n    columns:\n      - { name: a, dtype: float8 }\n      - { name: a, dtype: int8, size: 0 }\n`,
    'w.yaml:7:27: dataset.parquet.columns[0].dtype: found "float8", expected uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64 | float16 | float32 | float64 | bool | string | binary | list. Did you mean float16?',
    'w.yaml:8:17: dataset.parquet.columns[1].name: found "a" again, expected a name that columns[0] has not',
    "w.yaml:8:39: dataset.parquet.columns[1].size: found 0, expected integer >= 1",
  ],
  [
    `${DATASET}  parquet:\n    columns: a, b\n`,
    'w.yaml:6:14: dataset.parquet.columns: found "a, b", expected a list',
  ],
  [
    `${DATASET}  parquet:\n    columns:\n      - feature\n      - { nme: b, dtype: int8 }\n`,
    'w.yaml:7:9: dataset.parquet.columns[0]: found "feature", expected a mapping',
    "w.yaml:8:9: dataset.parquet.columns[1].name: missing, expected text",
    "w.yaml:8:11: dataset.parquet.columns[1].nme: unknown key. Did you mean dataset.parquet.columns[1].name?",
  ],
  [
    `${DATASET}  parquet: { columns: [{ name: a, dtype: int8, read: maybe }] }\n`,
    'w.yaml:5:54: dataset.parquet.columns[0].read: found "maybe", expected true or false',
  ],
  [
    `${DATASET}  parquet: { columns: [{ name: a, dtype: int8, read: false }] }\n`,
    "w.yaml:5:23: dataset.parquet.columns: no column has read: true, expected at least one that training reads",
  ],
  [
    `${DATASET}  parquet: { partition_by: label, columns: [] }\n`,
    'w.yaml:5:28: dataset.parquet.partition_by: found "label", expected nothing. mlps does not support it, and a run without it would measure something else. Remove the key',
  ],
  [
    `${DATASET}reader:\n  batch_size: 401\n`,
    "w.yaml:6:15: reader.batch_size: found 401, expected at most the 400 samples of the dataset (num_files_train 4 x num_samples_per_file 100)",
  ],
  [
    `${DATASET}reader:\n  batch_size: -8\n  read_threads: many\n  prefetch_size: null\n`,
    "w.yaml:6:15: reader.batch_size: found -8, expected integer >= 1",
    'w.yaml:7:17: reader.read_threads: found "many", expected integer >= 0 and <= 1024',
    "w.yaml:8:18: reader.prefetch_size: found null, expected integer >= 0",
  ],
  [
    `${DATASET}reader:\n  file_shuffle: shuffle\n  sample_shuffle: True\n`,
    'w.yaml:6:17: reader.file_shuffle: found "shuffle", expected off | seed | random',
    "w.yaml:7:19: reader.sample_shuffle: found true, expected off | seed | random",
  ],
  [
    `${DATASET}reader:\n  read_type: memory\n  odirect: 1\n`,
    'w.yaml:6:14: reader.read_type: found "memory", expected on_demand. A row group is read once for all its samples anyway, and epochs read from memory would measure no storage. Use on_demand',
    "w.yaml:7:12: reader.odirect: found 1, expected true or false",
  ],
  [
    `${DATASET}reader:\n  preprocess_time: -0.01\n  reader_classname: my.Reader\n`,
    "w.yaml:6:20: reader.preprocess_time: found -0.01, expected number >= 0 or a mapping. Write seconds, {mean, stdev}, {type: normal, mean, stdev}, {type: uniform, min, max}, {type: gamma, shape, scale}, {type: exponential, scale} or {type: poisson, lam}",
    'w.yaml:7:21: reader.reader_classname: found "my.Reader", expected nothing. mlps does not support it, and a run without it would measure something else. Remove the key',
  ],
  [
    `${DATASET}reader:\n  decode: value\n  page_cache: flush\n  coalesce_gap_bytes: 4 KiB\n`,
    'w.yaml:6:11: reader.decode: found "value", expected values | pages | none. Did you mean values?',
    'w.yaml:7:15: reader.page_cache: found "flush", expected keep | evict | drop',
    'w.yaml:8:23: reader.coalesce_gap_bytes: found "4 KiB", expected integer >= 0',
  ],
  [
    `${DATASET}reader: [batch_size, 8]\n`,
    'w.yaml:5:9: reader: found ["batch_size",8], expected a mapping',
  ],
  [
    `${DATASET}reader:\n  epochs: 4\n  seed: 7\n`,
    "w.yaml:6:3: reader.epochs: unknown key. It belongs elsewhere: train.epochs",
    "w.yaml:7:3: reader.seed: unknown key. It belongs elsewhere: dataset.seed or train.seed",
  ],
  [
    `${DATASET}data_reader: { batch_size: 4 }\nreader: { read_threads: 2 }\n`,
    "w.yaml:5:1: data_reader: found beside reader, expected one name of the section",
  ],
  [
    `${DATASET}train:\n  epochs: 0\n  computation_time: -0.1\n`,
    "w.yaml:6:11: train.epochs: found 0, expected integer >= 1",
    "w.yaml:7:21: train.computation_time: found -0.1, expected number >= 0 or a mapping. Write seconds, {mean, stdev}, {type: normal, mean, stdev}, {type: uniform, min, max}, {type: gamma, shape, scale}, {type: exponential, scale} or {type: poisson, lam}",
  ],
  [
    `${DATASET}train:\n  computation_time: { type: lognormal, mean: 0.1 }\n`,
    'w.yaml:6:21: train.computation_time: found {"type":"lognormal","mean":0.1}, expected number >= 0 or a mapping. Write seconds, {mean, stdev}, {type: normal, mean, stdev}, {type: uniform, min, max}, {type: gamma, shape, scale}, {type: exponential, scale} or {type: poisson, lam}',
  ],
  [
    `${DATASET}train:\n  computation_tme: 0.1\n  total_training_steps: 0\n`,
    "w.yaml:6:3: train.computation_tme: unknown key. Did you mean train.computation_time?",
    "w.yaml:7:25: train.total_training_steps: found 0, expected -1 or integer >= 1",
  ],
  [
    `${DATASET}train:\n  seed: -1\n  seed_change_epoch: sometimes\n  barrier: epoch\n`,
    "w.yaml:6:9: train.seed: found -1, expected integer >= 0 and <= 4294967295",
    'w.yaml:7:22: train.seed_change_epoch: found "sometimes", expected true or false',
    'w.yaml:8:12: train.barrier: found "epoch", expected step | none',
  ],
  [
    `${DATASET}workflow:\n  evaluation: perhaps\n  checkpoint: True\n  profiling: True\n`,
    'w.yaml:6:15: workflow.evaluation: found "perhaps", expected true or false',
    "w.yaml:7:15: workflow.checkpoint: found true, expected false. mlps does not support it, and a run without it would give another result",
    "w.yaml:8:14: workflow.profiling: found true, expected false. mlps does not support it, and a run without it would give another result",
  ],
  [
    `${DATASET}workflow: { train: 2, generate_data: maybe }\n`,
    "w.yaml:5:20: workflow.train: found 2, expected true or false",
    'w.yaml:5:38: workflow.generate_data: found "maybe", expected true or false',
  ],
  [
    `${DATASET}storage: { storage_type: aistore, storage_roots: / }\n`,
    'w.yaml:5:26: storage.storage_type: found "aistore", expected local_fs | parallel_fs | direct_fs. mlps reads mounted filesystems, shared ones too: use local_fs',
    "w.yaml:5:35: storage.storage_roots: unknown key. Did you mean storage.storage_root?",
  ],
  [
    `${DATASET}storage:\n  storage_options: { columns: [a], prefetch_wrkers: 4 }\n`,
    "w.yaml:6:36: storage.storage_options.prefetch_wrkers: unknown key. Did you mean storage.storage_options.prefetch_workers?",
  ],
  [
    `${DATASET}storage: { storage_options: { columns: [a] } }\n`,
    'w.yaml:5:40: storage.storage_options.columns: found ["a"], expected dataset.parquet.columns beside it, which give their types',
  ],
  [
    `${DATASET}metric: { au: 90 }\noutput: { metric: { exclude_start_step: 2, exclude_end_steps: -1 } }\n`,
    "w.yaml:5:15: metric.au: found 90, expected number > 0 and <= 1",
    "w.yaml:6:21: output.metric.exclude_start_step: unknown key. Did you mean output.metric.exclude_start_steps?",
    "w.yaml:6:63: output.metric.exclude_end_steps: found -1, expected integer >= 0",
  ],
  [
    `${DATASET}checkpoint:\n  checkpoint_foldr: c\nevaluation:\n  eval_tme: 3\n`,
    "w.yaml:6:3: checkpoint.checkpoint_foldr: unknown key. Did you mean checkpoint.checkpoint_folder?",
    "w.yaml:8:3: evaluation.eval_tme: unknown key. Did you mean evaluation.eval_time?",
  ],
  [
    `model: { name: unet3d }\nframework: pytorch\n${DATASET}model_name: x\nworkflows: {}\n`,
    "w.yaml:7:1: model_name: unknown key, expected one of extends, model, workflow, storage, dataset, reader, train, output, metric, evaluation",
    "w.yaml:8:1: workflows: unknown key. Did you mean workflow?",
  ],
  [
    `extends: dlrm_b300\n${DATASET}`,
    'w.yaml:1:10: extends: found "dlrm_b300", expected a workload that is there. Did you mean dlrm_b200? Workloads in this program: dlrm, dlrm_b200, dlrm_criteo, dlrm_mi355, dlrm_parquet_h100, flux_b200, flux_mi355, parquet_selective_read',
  ],
  [
    "extends: dlrm_b200\nreader:\n  batch_size: 0\ndataset:\n  num_files_trian: 3\n",
    "w.yaml:3:15: reader.batch_size: found 0, expected integer >= 1",
    "w.yaml:5:3: dataset.num_files_trian: unknown key. Did you mean dataset.num_files_train?",
  ],
];

for (const [text, ...problems] of WRONG_FILES) {
  test(`parseWorkload() names all that is wrong with ${JSON.stringify(text.replace(DATASET, ""))}`, () => {
    assert.throws(() => parseWorkload({ label: "w.yaml", text }), (error) => {
      assert.ok(error instanceof UsageError);
      const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
      assert.equal(error.message, [`Cannot use workload "w.yaml": ${count}`, ...problems].join("\n  "));
      return true;
    });
  });
}
