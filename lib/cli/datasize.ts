// mlps datasize: how large a workload's dataset has to be by MLPerf's rule, and how to generate it.
import { Command, InvalidArgumentError } from "commander";
import { GIB, MIB } from "../base/units.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { summarizePlan } from "../dataset/plan_summary.ts";
import { refuseSynthetic } from "../dataset/synthetic.ts";
import { sampleSizes } from "../plan/demand.ts";
import { datasizeOf } from "../plan/datasize.ts";
import { type DatasizeReport, renderDatasize } from "../report/text_datasize.ts";
import { readFreeBytes } from "../storage/free_space.ts";
import { readHostFacts } from "../storage/host_facts.ts";
import {
  addAcceleratorFlag,
  addWorkloadFlags,
  type Context,
  dataFolderOf,
  generateCommandOf,
  loadFromFlags,
  wholeNumber,
  type WorkloadFlags,
} from "./options.ts";
import { print } from "./output.ts";

interface DatasizeFlags extends WorkloadFlags {
  readonly json?: boolean;
  readonly numAccelerators: number;
  readonly numHosts: number;
  /** In bytes; this host's unless given. */
  readonly hostMemory?: number;
}

const EXAMPLES = `Examples:
  mlps datasize dlrm_b200 -n 8 --data-dir /mnt/nvme/dlrm
  mlps datasize dlrm_b200 -n 16 --num-hosts 4 --host-memory 512GiB --json
`;

const RULE = `
MLPerf's rule: an epoch of at least 500 steps, and at least 5 times the memory
of all hosts.`;

/** Returns the command. */
export function datasizeCommand(_context: Context): Command {
  const command = new Command("datasize")
    .summary("tell how large a dataset has to be by MLPerf's rule")
    .description(
      "Tells how many files a workload needs by MLPerf's rule, and the command that generates them.",
    )
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", RULE);
  addAcceleratorFlag(addWorkloadFlags(command))
    .option("--num-hosts <N>", "how many hosts run accelerators", wholeNumber, 1)
    .option(
      "--host-memory <size>",
      "memory of a host: 512GiB, 2TiB, or a number of GiB (default: this host's)",
      memory,
    )
    .option("--json", "print the report as JSON on stdout");
  return command.action(async (name: string, overrides: string[], flags: DatasizeFlags) => {
    const report = makeReport(name, overrides, flags);
    await print(flags.json ? JSON.stringify(report, null, 2) + "\n" : renderDatasize(report));
  });
}

function makeReport(name: string, overrides: readonly string[], flags: DatasizeFlags): DatasizeReport {
  const given = loadFromFlags(name, overrides, flags);
  const { dataset, reader } = given.workload;
  refuseSynthetic(given.workload, `size the dataset of "${given.name}"`);
  const hostMemoryBytes = flags.hostMemory ?? readHostFacts().memoryBytes;
  const size = datasizeOf({
    batchSize: reader.batch_size,
    numAccelerators: flags.numAccelerators,
    numHosts: flags.numHosts,
    hostMemoryBytes,
    sampleBytes: sampleSizes(dataset).sampleBytes,
    samplesPerFile: dataset.num_samples_per_file,
  });
  const sized = resize(given, { numFiles: size.numFiles, numSubfolders: size.numSubfolders });
  const plan = summarizePlan(sized.loaded, 1);
  const folder = dataFolderOf(sized.loaded.workload), freeBytes = readFreeBytes(folder);
  return {
    workload: given.name,
    num_accelerators: flags.numAccelerators,
    num_hosts: flags.numHosts,
    host_memory_bytes: hostMemoryBytes,
    min_samples_for_steps: size.samplesForSteps,
    min_samples_for_memory: size.samplesForMemory,
    decided_by: size.decidedBy,
    num_files_train: size.numFiles,
    num_samples_per_file: dataset.num_samples_per_file,
    num_samples: size.numSamples,
    num_subfolders_train: size.numSubfolders,
    dataset_bytes: plan.dataset_bytes,
    read_bytes: size.numSamples * plan.read_stored_sample_bytes,
    data_folder: folder,
    free_bytes: freeBytes ?? null,
    fits: freeBytes === undefined ? null : freeBytes >= plan.dataset_bytes,
    datagen_command: generateCommandOf(name, overrides, { ...flags, set: [...flags.set, ...sized.set] }),
  };
}

/** Returns the workload with another number of files, and the overrides that say so. */
function resize(
  loaded: LoadedWorkload,
  { numFiles, numSubfolders }: { numFiles: number; numSubfolders: number },
): { loaded: LoadedWorkload; set: string[] } {
  const { workload } = loaded;
  const isDealt = numSubfolders !== workload.dataset.num_subfolders_train;
  const set = [
    `dataset.num_files_train=${numFiles}`,
    ...(isDealt ? [`dataset.num_subfolders_train=${numSubfolders}`] : []),
  ];
  const dataset = { ...workload.dataset, num_files_train: numFiles, num_subfolders_train: numSubfolders };
  return { loaded: { ...loaded, workload: { ...workload, dataset } }, set };
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": GIB, // mlpstorage's --client-host-memory-in-gb, which counts GiB
  GiB: GIB,
  TiB: 1024 * GIB,
  MiB: MIB,
  GB: 1e9,
  TB: 1e12,
};

/** Returns bytes. @throws {InvalidArgumentError} */
function memory(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Number(number) * (UNIT_BYTES[unit] ?? NaN);
  if (!(bytes >= 1)) {
    throw new InvalidArgumentError("A size such as 512GiB, 2TiB, 512GB or a number of GiB is wanted.");
  }
  return Math.round(bytes);
}
