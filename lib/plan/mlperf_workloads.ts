// The training workloads of MLPerf Storage v3.0 that a run is compared with (mlcommons/storage, configs/dlio/workload;
// dlio.md §7). Those of DLRM and FLUX, which MLPerf withdrew before the round, are the embedded ones.
import { describeOptions } from "../config/describe.ts";
import { loadEmbeddedWorkload } from "../config/load.ts";
import { valueAt } from "../config/tree.ts";

/** The models of round v3.0, in CLOSED and in OPEN. */
export const MLPERF_MODELS: readonly string[] = ["unet3d", "retinanet"];

export interface MlperfWorkload {
  readonly name: string;
  /** What the file says, by key; all else has DLIO's default. */
  readonly values: ReadonlyMap<string, unknown>;
}

const COMMON = {
  framework: "pytorch",
  "reader.data_loader": "pytorch",
  "reader.file_shuffle": "seed",
  "reader.sample_shuffle": "seed",
  "dataset.num_samples_per_file": 1,
  "dataset.compression": "none",
};

const UNET3D = {
  ...COMMON,
  "dataset.format": "npz",
  "dataset.num_files_train": 7200,
  "dataset.record_length_bytes": 146600628,
  "dataset.record_length_bytes_stdev": 68341808,
  "dataset.record_length_bytes_resize": 2097152,
  "reader.read_threads": 4,
  "train.epochs": 5,
  "metric.au": 0.9,
};

const RETINANET = {
  ...COMMON,
  "dataset.format": "jpeg",
  "dataset.num_files_train": 1170301,
  "dataset.record_length_bytes": 322957,
  "reader.read_threads": 8,
  "train.epochs": 8,
  "metric.au": 0.85,
};

const WORKLOADS:
  readonly (readonly [name: string, model: string, values: Readonly<Record<string, unknown>>])[] = [
    ["unet3d_b200", "unet3d", { ...UNET3D, "reader.batch_size": 7, "train.computation_time": 0.162 }],
    ["retinanet_b200", "retinanet", {
      ...RETINANET,
      "reader.batch_size": 24,
      "train.computation_time": 0.04755,
    }],
    ["retinanet_mi355", "retinanet", {
      ...RETINANET,
      "reader.batch_size": 32,
      "train.computation_time": 0.0634,
    }],
  ];

const WITHDRAWN: readonly (readonly [name: string, model: string])[] = [
  ["dlrm_b200", "dlrm"],
  ["dlrm_mi355", "dlrm"],
  ["flux_b200", "flux"],
  ["flux_mi355", "flux"],
];

/** Returns MLPerf's workloads for a model. */
export function mlperfWorkloads(model: string): MlperfWorkload[] {
  return [
    ...WORKLOADS.filter(([, ofModel]) => ofModel === model)
      .map(([name, , values]) => ({ name, values: new Map(Object.entries(values)) })),
    ...WITHDRAWN.filter(([, ofModel]) => ofModel === model).map(([name]) => readEmbedded(name)),
  ];
}

function readEmbedded(name: string): MlperfWorkload {
  const { workload } = loadEmbeddedWorkload(name)!;
  const keys = describeOptions().filter(({ isSection, effect }) => !isSection && effect === undefined);
  return { name, values: new Map(keys.map(({ key }) => [key, valueAt(workload, key.split("."))])) };
}
