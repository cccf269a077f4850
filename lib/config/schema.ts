// The workload file: the only source of option names, types, defaults, units and descriptions. The keys are those
// of DLIO's YAML (reference: argonne-lcf/dlio_benchmark, dlio_benchmark/utils/config.py, and the mlcommons fork for
// Parquet), plus a few of our own marked `source: "mlps"`. Every DLIO key is known here: used, or accepted without
// effect and reported, or refused because leaving it out would change the result.
import * as v from "valibot";
import { MIB } from "../base/units.ts";
import { COLUMN_DTYPES, maxCardinality } from "./dtypes.ts";
import { applyColumnList, findListProblem } from "./column_list.ts";
import { described, inertKeys, integer, mapping, option, pathTo, text, unsupportedKeys } from "./fields.ts";
import { INERT_CHECKPOINT, INERT_DATASET_KEYS, INERT_PARQUET_KEYS, INERT_PROFILING } from "./inert_keys.ts";
import {
  evaluationSection,
  modelSection,
  readerSection,
  storageSection,
  trainSection,
  workflowSection,
} from "./sections.ts";

const INT32_MAX = 2 ** 31 - 1, UINT32_MAX = 2 ** 32 - 1;
const MAX_LEVELS: Readonly<Record<string, number>> = { gzip: 9, zstd: 22 };
const OURS = { source: "mlps" } as const;

const columnSchema = mapping({
  name: described(text(), "The name of the column, unique in the file."),
  dtype: described(v.picklist(COLUMN_DTYPES), "The type of one value of the column."),
  size: option(integer(1), 1, [
    "The values in one row; above 1, and for the dtype list, the row is a list. Of string and binary the bytes of " +
    "each value; a string of size 1 has 12.",
    { unit: "values" },
  ]),
  read: option(v.boolean(), true, ["Whether training reads the column; all columns are generated.", {
    dlio: "Ignored by the main branch of the mlcommons fork, which reads storage.storage_options.columns.",
  }]),
  distribution: option(v.picklist(["uniform", "zipf"]), "uniform", [
    "How generated values are drawn; zipf: the k-th most frequent one in proportion to k ^ -exponent.",
    OURS,
  ]),
  cardinality: option(integer(1, INT32_MAX), undefined, [
    "The different values that the dataset has in the column; without it, as many as come.",
    { unit: "values", ...OURS },
  ]),
  exponent: option(v.pipe(v.number(), v.gtValue(0), v.maxValue(10)), undefined, [
    "The exponent of Zipf's law, 1 unless given.",
    OURS,
  ]),
});

const columnsSchema = v.pipe(
  v.array(columnSchema),
  v.rawCheck(({ dataset, addIssue }) => {
    for (const { index, key, message } of findColumnProblems(dataset.value)) {
      const columns = dataset.value as ColumnSpec[], column = columns[index];
      addIssue({
        message,
        path: [
          { type: "array", origin: "value", input: columns, key: index, value: column },
          { type: "object", origin: "value", input: { ...column }, key, value: column[key] },
        ],
      });
    }
  }),
  v.check(
    (columns) => columns.length === 0 || columns.some((column) => column.read),
    "no column has read: true, expected at least one that training reads",
  ),
);

const parquetSection = mapping({
  columns: option(columnsSchema, [], [
    "The columns of a file. Without any, all columns found are read, and what is generated is DLIO's column `data`: " +
    "a list of uint8 of about record_length_bytes.",
  ]),
  row_group_size: option(integer(1), 1024, ["The rows of a row group, the unit that is read.", {
    unit: "rows",
  }]),
  encoding: option(v.picklist(["plain", "dictionary"]), "plain", [
    "The encoding of generated values. dictionary: column chunks whose different values take at most 1 MiB get a " +
    "dictionary, all others are plain.",
    OURS,
  ]),
  page_size: option(integer(1, 2 ** 30), 16 * MIB, [
    "The most bytes of values in a page, before encoding and compression; a page holds one row at least.",
    { unit: "bytes", ...OURS },
  ]),
  ...unsupportedKeys(["partition_by"], "Partitioning of the dataset into folders"),
  ...INERT_PARQUET_KEYS,
});

const datasetSection = mapping({
  data_folder: option(text(), "./data/", ["The dataset's folder, relative to storage.storage_root."]),
  format: described(
    v.picklist(["parquet", "synthetic"]),
    "The file format; there is no default, as DLIO's is not supported. synthetic: the same plan without any file, so " +
      "that mlps itself is measured.",
    {
      hint: "mlps reads parquet, and with synthetic nothing; the other formats of DLIO are not supported yet",
      dlio: "The default is tfrecord.",
    },
  ),
  num_files_train: option(integer(1), 8, ["The training files.", { unit: "files" }]),
  num_files_eval: option(integer(0), 0, [
    "The evaluation files, in the folder `valid`; they are generated with the others, and read where " +
    "workflow.evaluation says so.",
    { unit: "files" },
  ]),
  num_samples_per_file: option(integer(1), 1, ["The samples in each file.", { unit: "samples" }]),
  record_length_bytes: option(v.pipe(v.number(), v.finite(), v.gtValue(0)), 65536, [
    "The nominal size of a sample, which DLIO's MB/s figures are computed with.",
    { unit: "bytes", dlio: "For Parquet the bytes of all columns count; here too where columns are given." },
  ]),
  num_subfolders_train: option(integer(0), 0, ["The subfolders that files are dealt to; 0 and 1 mean none.", {
    unit: "folders",
  }]),
  num_subfolders_eval: option(integer(0), 0, ["The same for evaluation files.", { unit: "folders" }]),
  file_prefix: option(v.pipe(text(), v.regex(/^[^/\0]+$/)), "img", [
    "How file names begin.",
    { hint: "It is the beginning of a file name, so it cannot hold a slash" },
  ]),
  compression: option(v.picklist(["none", "snappy", "gzip", "zstd", "lz4"]), "snappy", [
    "The compression of generated column chunks. A dataset that another tool made is read as it is.",
    { dlio: "The default is none, and what is given is not applied to Parquet (bug): pyarrow's snappy is." },
  ]),
  compression_level: option(integer(1), undefined, [
    "The level of gzip (1 to 9, 9 unless given) or zstd (1 to 22, 1 unless given); the other codecs have none.",
  ]),
  odirect: option(v.boolean(), false, [
    "Whether files are generated around the page cache (O_DIRECT); their bytes are the same.",
    OURS,
  ]),
  seed: option(integer(0, UINT32_MAX), 10, ["Decides every byte of a generated dataset.", OURS]),
  parquet: v.nullish(parquetSection, {}),
  ...INERT_DATASET_KEYS,
});

const outputSection = mapping({
  ...inertKeys({ folder: ["Where results go.", { type: "text" }] }, "Results go where --results-dir says."),
  metric: v.nullish(
    mapping({
      exclude_start_steps: option(integer(0), 1, ["The first steps of an epoch that no metric counts.", {
        unit: "steps",
      }]),
      exclude_end_steps: option(integer(0), 0, ["The last steps of an epoch that no metric counts.", {
        unit: "steps",
      }]),
    }),
    {},
  ),
  ...inertKeys(
    { log_file: ["The file that messages go to.", { type: "text", default: "dlio.log" }] },
    "Messages go to stderr.",
  ),
});

const metricSection = mapping({
  au: option(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.9, [
    "The accelerator utilization from which a run passes.",
    { unit: "ratio" },
  ]),
});

/** The schema of a workload file. */
export const WorkloadSchema = v.pipe(
  mapping({
    extends: v.optional(described(
      text(),
      "The workload that this one builds on: the name of one inside mlps, or the path of a file, relative to this " +
        "one. Mappings are merged key by key; everything else that is said here takes the place of what is said there.",
      OURS,
    )),
    model: v.nullish(modelSection, {}),
    ...inertKeys(
      {
        framework: ["The framework that trains: tensorflow or pytorch.", {
          type: "text",
          default: "tensorflow",
        }],
      },
      "No framework is loaded.",
    ),
    workflow: v.nullish(workflowSection, {}),
    storage: v.nullish(storageSection, {}),
    dataset: datasetSection,
    reader: v.nullish(readerSection, {}),
    train: v.nullish(trainSection, {}),
    output: v.nullish(outputSection, {}),
    metric: v.nullish(metricSection, {}),
    evaluation: v.nullish(evaluationSection, {}),
    checkpoint: INERT_CHECKPOINT,
    profiling: INERT_PROFILING,
  }),
  v.forward(
    v.partialCheck(
      [["dataset", "num_files_train"], ["dataset", "num_samples_per_file"], ["reader", "batch_size"]],
      ({ dataset, reader }) =>
        !isPositive(dataset.num_files_train, dataset.num_samples_per_file) ||
        dataset.num_files_train * dataset.num_samples_per_file >= reader.batch_size,
      ({ input: { dataset, reader } }) =>
        `found ${reader.batch_size}, expected at most the ${
          dataset.num_files_train * dataset.num_samples_per_file
        } ` +
        `samples of the dataset (num_files_train ${dataset.num_files_train} x ` +
        `num_samples_per_file ${dataset.num_samples_per_file})`,
    ),
    ["reader", "batch_size"],
  ),
  v.forward(
    v.partialCheck(
      [["workflow", "evaluation"], ["dataset", "num_files_eval"]],
      ({ workflow, dataset }) => !workflow.evaluation || dataset.num_files_eval !== 0,
      "found 0, expected at least 1 with workflow.evaluation: true",
    ),
    ["dataset", "num_files_eval"],
  ),
  v.forward(
    v.partialCheck(
      [
        ["workflow", "evaluation"],
        ["dataset", "num_files_eval"],
        ["dataset", "num_samples_per_file"],
        ["reader", "batch_size_eval"],
      ],
      ({ workflow, dataset, reader }) =>
        !workflow.evaluation || !isPositive(dataset.num_files_eval, dataset.num_samples_per_file) ||
        dataset.num_files_eval * dataset.num_samples_per_file >= reader.batch_size_eval,
      ({ input: { dataset, reader } }) =>
        `found ${reader.batch_size_eval}, expected at most the ${
          dataset.num_files_eval * dataset.num_samples_per_file
        } evaluation samples (num_files_eval ${dataset.num_files_eval} x ` +
        `num_samples_per_file ${dataset.num_samples_per_file})`,
    ),
    ["reader", "batch_size_eval"],
  ),
  v.forward(
    v.partialCheck(
      [["dataset", "compression"], ["dataset", "compression_level"]],
      ({ dataset: { compression, compression_level: level = 1 } }) =>
        level <= (MAX_LEVELS[compression] ?? Infinity),
      ({ input: { dataset: { compression, compression_level: level } } }) =>
        `found ${level}, expected 1 to ${MAX_LEVELS[compression]} for ${compression}`,
    ),
    ["dataset", "compression_level"],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const message = findListProblem(dataset.value), { value: input } = dataset;
    if (message !== undefined) {
      addIssue({ message, path: pathTo(input, ["storage", "storage_options", "columns"]) });
    }
  }),
  v.transform(applyColumnList),
  v.transform((workload) =>
    workload.storage.storage_type !== "direct_fs" ? workload : {
      ...workload,
      dataset: { ...workload.dataset, odirect: true },
      reader: { ...workload.reader, odirect: true },
    }
  ),
);

/** A checked workload with all defaults filled in; keys are those of the file. */
export type Workload = v.InferOutput<typeof WorkloadSchema>;

/** One column of a Parquet dataset. */
export type ColumnSpec = v.InferOutput<typeof columnSchema>;

interface ColumnProblem {
  readonly index: number;
  readonly key: keyof ColumnSpec;
  readonly message: string;
}

/** Returns what is wrong between the keys of a column, or between columns; works on values that are not checked yet. */
function* findColumnProblems(columns: unknown): Generator<ColumnProblem> {
  const firstIndexes = new Map<string, number>();
  for (const [index, column] of Array.isArray(columns) ? columns.entries() : []) {
    if (typeof column !== "object" || column === null) continue;
    const { name, dtype, size = 1, distribution, cardinality, exponent } = column as Partial<ColumnSpec>;
    const firstIndex = firstIndexes.get(name as string);
    if (firstIndex !== undefined) {
      const message = `found ${
        JSON.stringify(name)
      } again, expected a name that columns[${firstIndex}] has not`;
      yield { index, key: "name", message };
    } else if (typeof name === "string") firstIndexes.set(name, index);
    if (distribution === "zipf" && cardinality === undefined) {
      yield { index, key: "distribution", message: 'found "zipf", expected a cardinality beside it' };
    }
    if (distribution !== "zipf" && exponent !== undefined) {
      yield { index, key: "exponent", message: `found ${exponent}, expected distribution: zipf beside it` };
    }
    const mostValues = maxCardinality({ dtype: String(dtype), size });
    if (cardinality !== undefined && cardinality > mostValues) {
      const message =
        `found ${cardinality}, expected at most ${mostValues}: generated values of ${dtype} have no more`;
      yield { index, key: "cardinality", message };
    }
  }
}

/** Returns whether the counts passed their own checks; where not, a product of them says nothing. */
function isPositive(...counts: number[]): boolean {
  return counts.every((count) => count > 0);
}
