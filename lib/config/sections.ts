// The sections of a workload file beside `dataset`: see schema.ts.
import * as v from "valibot";
import { duration, DURATION_HINT, seconds, spreadDuration } from "./durations.ts";
import {
  described,
  inertKeys,
  integer,
  mapping,
  option,
  shuffleMode,
  text,
  unsupportedKeys,
} from "./fields.ts";
import {
  INERT_MODEL_KEYS,
  INERT_READER_KEYS,
  INERT_STORAGE_KEYS,
  INERT_STORAGE_OPTIONS,
} from "./inert_keys.ts";

const UINT32_MAX = 2 ** 32 - 1;
const OURS = { source: "mlps" } as const;
const NEEDS_ALL_RESULTS = "mlps does not support it, and a run without it would give another result";

const NO_QUERY = "There are no queries here.";

export const modelSection = mapping({
  name: option(text(), "default", ["The name of the model, a label in reports."]),
  ...INERT_MODEL_KEYS,
});

export const workflowSection = mapping({
  generate_data: option(v.boolean(), false, [
    "Whether `mlps run` generates the dataset when it is not there.",
    { dlio: "Generates in each run, over what is there." },
  ]),
  ...inertKeys(
    { query: ["Whether queries are run; another program of DLIO's uses it.", { type: "text" }] },
    NO_QUERY,
  ),
  train: option(v.boolean(), true, ["Whether the dataset is read as training would read it."]),
  evaluation: option(v.boolean(), false, [
    "Whether the evaluation files are read after an epoch, as the section `evaluation` says.",
    {
      dlio:
        "Accepts it without evaluation files and reads none; here dataset.num_files_eval has to be given.",
    },
  ]),
  checkpoint: option(v.literal(false), false, ["Writing checkpoints.", { hint: NEEDS_ALL_RESULTS }]),
  profiling: option(v.literal(false), false, ["Running a profiler.", { hint: NEEDS_ALL_RESULTS }]),
});

export const readerSection = v.pipe(
  mapping({
    batch_size: option(integer(1), 1, ["The samples that one accelerator consumes in a step.", {
      unit: "samples",
    }]),
    batch_size_eval: option(integer(1), 1, [
      "The samples that one accelerator consumes in a step of an evaluation.",
      { unit: "samples" },
    ]),
    read_threads: option(integer(0, 1024), 1, [
      "The reader threads of one accelerator. DLIO reads in the accelerator's own process at 0; here 0 means 1.",
      {
        unit: "threads",
        dlio: "Processes, not threads. The mlcommons fork takes 1 for a number of its own choice.",
      },
    ]),
    prefetch_size: option(integer(0), 2, [
      "The batches that readers may be ahead, rounded up to a multiple of read_threads; " +
      "0 means 2 for each reader thread, as in DLIO.",
      { unit: "batches", dlio: "Not used for Parquet by the mlcommons fork." },
    ]),
    file_shuffle: option(shuffleMode(), "off", ["Whether and how the order of files is shuffled.", {
      dlio: "`off` in a file still shuffles, and PyTorch's readers do not shuffle at all (bugs).",
    }]),
    sample_shuffle: option(shuffleMode(), "off", ["Whether and how the order of samples is shuffled.", {
      dlio: "PyTorch's readers do not shuffle (bug).",
    }]),
    read_type: option(v.picklist(["on_demand"]), "on_demand", ["When samples are read: in each epoch.", {
      hint:
        "A row group is read once for all its samples anyway, and epochs read from memory would measure no " +
        "storage. Use on_demand",
      dlio: "`memory` keeps a file for its other samples, but the Parquet readers ignore it. " +
        "`on_demand` in a file is taken for `memory` (bug).",
    }]),
    preprocess_time: option(duration(), 0, [
      "The time that a reader waits for each sample after decoding it: a number, or how it is drawn.",
      {
        unit: "seconds",
        hint: DURATION_HINT,
        dlio: "Sleeps after each sample; here a reader waits once after a row group, for all its samples. " +
          "The mlcommons fork's Parquet readers leave it out.",
      },
    ]),
    preprocess_time_stdev: option(seconds(), 0, [
      "The standard deviation of preprocess_time; above 0 it is drawn from a normal distribution.",
      { unit: "seconds" },
    ]),
    odirect: option(v.boolean(), false, ["Whether reads bypass the page cache (O_DIRECT).", {
      dlio: "Only for npz and npy.",
    }]),
    decode: option(v.picklist(["values", "pages", "none"]), "values", [
      "How far data is decoded: to column values, to decompressed pages, or not at all.",
      OURS,
    ]),
    page_cache: option(v.picklist(["keep", "evict", "drop"]), "keep", [
      "What is dropped from memory before each epoch: nothing, the dataset's pages, or all caches of the host (as root).",
      OURS,
    ]),
    coalesce_gap_bytes: option(integer(0), 8192, [
      "The gap between two wanted ranges up to which they are read as one.",
      { unit: "bytes", ...OURS },
    ]),
    io_engine: option(v.picklist(["auto", "psync", "io_uring"]), "auto", [
      "How the reads of a row group are done: one after another (psync), many in flight (io_uring), or as is faster.",
      OURS,
    ]),
    io_depth: option(integer(1, 1024), 128, [
      "The reads that one reader has in flight by io_uring; with room left it fetches the next row groups ahead.",
      { unit: "reads", ...OURS },
    ]),
    ...INERT_READER_KEYS,
    ...unsupportedKeys(["data_loader_classname", "reader_classname"], "A Python plugin"),
  }),
  v.transform(({ preprocess_time_stdev: stdevSeconds, ...reader }) => ({
    ...reader,
    read_threads: Math.max(1, reader.read_threads),
    preprocess_time: spreadDuration(reader.preprocess_time, stdevSeconds),
    preprocess_time_stdev: 0,
  })),
);

export const trainSection = v.pipe(
  mapping({
    epochs: option(integer(1), 1, ["How often the dataset is read.", { unit: "epochs" }]),
    computation_time: option(duration(), 0, [
      "The time an accelerator computes in each step: a number, or how it is drawn for each step.",
      {
        unit: "seconds",
        hint: DURATION_HINT,
        dlio: "Sleeps for it, and its AU counts what it slept.",
      },
    ]),
    computation_time_stdev: option(seconds(), 0, [
      "The standard deviation of computation_time; above 0 it is drawn from a normal distribution.",
      { unit: "seconds" },
    ]),
    total_training_steps: option(
      v.union([v.literal(-1), integer(1)]),
      -1,
      ["The steps after which an epoch ends; -1 means when the data is used up.", { unit: "steps" }],
    ),
    max_epoch_seconds: option(seconds(), 0, [
      "The time after which an epoch ends and counts as it is, however far it came; 0 means never.",
      { unit: "seconds", ...OURS },
    ]),
    seed_change_epoch: option(v.boolean(), true, ["Whether each epoch shuffles with a seed of its own."]),
    seed: option(integer(0, UINT32_MAX), 123, ["Decides the order of reading."]),
    barrier: option(v.picklist(["step", "none"]), "step", [
      "When accelerators wait for each other: after every step, as DLIO does, or never.",
      OURS,
    ]),
  }),
  v.transform(({ computation_time_stdev: stdevSeconds, ...train }) => ({
    ...train,
    computation_time: spreadDuration(train.computation_time, stdevSeconds),
    computation_time_stdev: 0,
  })),
);

export const evaluationSection = v.pipe(
  mapping({
    eval_time: option(duration(), 0, [
      "The time an accelerator computes in each step of an evaluation: a number, or how it is drawn.",
      { unit: "seconds", hint: DURATION_HINT },
    ]),
    eval_time_stdev: option(seconds(), 0, [
      "The standard deviation of eval_time; above 0 it is drawn from a normal distribution.",
      { unit: "seconds" },
    ]),
    eval_after_epoch: option(integer(0), 1, ["The first epoch that an evaluation follows.", {
      unit: "epochs",
    }]),
    epochs_between_evals: option(integer(1), 1, ["The epochs from one evaluation to the next.", {
      unit: "epochs",
    }]),
  }),
  v.transform(({ eval_time_stdev: stdevSeconds, ...evaluation }) => ({
    ...evaluation,
    eval_time: spreadDuration(evaluation.eval_time, stdevSeconds),
    eval_time_stdev: 0,
  })),
);

const storageOptions = mapping({
  ...INERT_STORAGE_OPTIONS,
  columns: v.nullish(described(
    v.pipe(v.array(text()), v.minLength(1)),
    "The names of the columns that training reads, in place of columns[].read.",
  )),
});

export const storageSection = mapping({
  storage_type: option(v.picklist(["local_fs", "parallel_fs", "direct_fs"]), "local_fs", [
    "The kind of storage: a filesystem that is mounted; with direct_fs, reader.odirect and dataset.odirect are true.",
    {
      hint: "mlps reads mounted filesystems, shared ones too: use local_fs",
      dlio: "s3 and aistore as well. Of the mlcommons fork's direct_fs, O_DIRECT is what stays here.",
    },
  ]),
  storage_root: option(text(), "./", ["The folder that dataset.data_folder is relative to."]),
  storage_options: v.nullish(storageOptions),
  ...INERT_STORAGE_KEYS,
});
