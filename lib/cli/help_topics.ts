// What `mlps help TOPIC` explains besides commands and keys. The man page has the same texts.

/** A paragraph, a list of terms with their meaning, or lines that stay as they are. */
export type HelpBlock =
  | string
  | { readonly terms: readonly (readonly [term: string, meaning: string])[] }
  | { readonly lines: readonly string[] };

/** A topic of the help. */
export interface HelpTopic {
  readonly name: string;
  readonly summary: string;
  readonly blocks: readonly HelpBlock[];
}

/** The topic that lists the keys of a workload file, from the schema. */
export const WORKLOAD_TOPIC = "workload";

/** Meanings of the exit codes, which scripts rely on. */
export const EXIT_CODES: HelpTopic = {
  name: "exit-codes",
  summary: "what the exit code of a command says",
  blocks: [
    {
      terms: [
        ["0", "Done."],
        ["1", "Failed: a file could not be read or written, or a fault of mlps."],
        ["2", "The command line or the workload is wrong; nothing was touched."],
        [
          "3",
          "Refused before it began: no dataset, no space, no permission, outside of --closed or --open; " +
          "nothing was measured.",
        ],
        ["4", "A check that was asked for failed: --require-au, --fail-if, or validate found differences."],
        [
          "130, 143, 129",
          "Interrupted by SIGINT (Ctrl-C), SIGTERM or SIGHUP. Complete files of a dataset and complete epochs of a " +
          "run are kept. A second signal ends at once.",
        ],
      ],
    },
  ],
};

/** What a run leaves on disk. */
export const RESULTS: HelpTopic = {
  name: "results",
  summary: "the files that a run writes",
  blocks: [
    "A run writes to RESULTS_DIR/NAME/YYYYMMDD_HHMMSS/, where RESULTS_DIR is --results-dir (results unless given) " +
    "and NAME the workload's name:",
    {
      terms: [
        [
          "summary.json",
          "The result: DLIO's keys with DLIO's meaning, and under mlps what DLIO lacks. status is complete, partial " +
          "(interrupted) or failed; what was measured until then is there. It is replaced whole after each epoch. " +
          "--json prints the same.",
        ],
        ["config.yaml", "The workload as it was run, every key with its value: mlps run FILE runs it again."],
        ["series.jsonl", "A line of JSON for each second."],
        ["reads-*.csv", "With --raw-log: a line for each read, one file for each reader."],
      ],
    },
    "Beside these folders lie YYYYMMDD_HHMMSS_repeats/repeats.json, the mean of the runs of --repeat, " +
    "YYYYMMDD_HHMMSS_scan/scan.json, what `mlps scan` found, and ceiling.json, which `mlps ceiling` writes. Only " +
    "what is under way and ceiling.json are ever replaced.",
  ],
};

/** How values of a workload are changed. */
export const OVERRIDES: HelpTopic = {
  name: "overrides",
  summary: "how to change a workload without editing its file",
  blocks: [
    "Every key of a workload can be set on the command line, as often as needed; the last one counts. The value " +
    "is YAML:",
    {
      lines: [
        "mlps run dlrm --set reader.read_threads=8 --set train.epochs=2",
        "mlps run dlrm --set 'dataset.parquet.columns[0].read=false'",
        "mlps run dlrm ++workload.reader.read_threads=8   as for DLIO",
        "mlps run dlrm --data-dir /mnt/nvme/dlrm          dataset.data_folder",
      ],
    },
    "A file of its own may build on another, by name or path, and say what differs:",
    { lines: ["extends: dlrm_b200", "reader:", "  read_threads: 8"] },
    "`mlps plan WORKLOAD --config` shows the value of each key and where it comes from, `mlps help workload KEY` " +
    "what a key means.",
  ],
};

/** What scripts may rely on. */
export const JSON_OUTPUT: HelpTopic = {
  name: "json",
  summary: "what --json promises to scripts",
  blocks: [
    "With --json a command prints one JSON document on stdout and nothing else there, also when it is refused, " +
    "fails or is interrupted. Messages go to stderr; --quiet leaves them out.",
    "A command that has no result prints what went wrong in its place:",
    { lines: ['{"error": {"kind": "usage", "exit_code": 2, "message": "..."}}'] },
    {
      terms: [
        ["kind", "usage, preflight, failed, check or interrupted."],
        ["exit_code", "The exit code of the command: see mlps help exit-codes."],
        ["message", "The text that stderr has, without the leading mlps:."],
      ],
    },
    "A run that has begun to measure prints its summary instead, with status partial or failed and the error in " +
    "mlps.error; with --repeat the mean of its runs. `validate` and `inspect` print their report, with what is " +
    "wrong in it. A second Ctrl-C ends at once, and may leave no document.",
    "`help`, `man` and `completions` print text and have no --json.",
  ],
};

/** What the environment decides. */
export const ENVIRONMENT: HelpTopic = {
  name: "environment",
  summary: "environment variables, and when progress is drawn",
  blocks: [
    "On a terminal a few lines, redrawn in place, show the progress; elsewhere a plain line is written every 5 " +
    "seconds. --quiet writes neither.",
    {
      terms: [
        ["NO_COLOR, CI", "Plain lines and no escape sequences, on a terminal too, when not empty."],
        ["TERM", "The same when dumb."],
        [
          "OMPI_COMM_WORLD_RANK, PMIX_RANK, PMI_RANK, SLURM_PROCID",
          "The rank under mpirun or srun, the first of these that is there. Only rank 0 shows progress.",
        ],
        [
          "MLPS_REHEARSAL_SECONDS",
          "How long readers rehearse at most before an epoch is measured, below 5: to see that mlps runs, not what it " +
          "measures. Results warn of it.",
        ],
      ],
    },
  ],
};

/** All topics in the order of the help; the first one is made from the schema and has no blocks of its own. */
export const HELP_TOPICS: readonly HelpTopic[] = [
  { name: WORKLOAD_TOPIC, summary: "the keys of a workload file; with KEY, one of them", blocks: [] },
  OVERRIDES,
  RESULTS,
  JSON_OUTPUT,
  EXIT_CODES,
  ENVIRONMENT,
];
