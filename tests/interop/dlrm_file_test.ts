// The DLRM file that mlps writes is read by fastparquet and pandas, value for value: all 200 columns of the workload, in
// fewer rows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseWorkload } from "../../lib/config/load.ts";
import { filePath, patternNames } from "../../lib/dataset/file_names.ts";
import { type DatasetSpecification, specificationOf } from "../../lib/dataset/specification.ts";
import { generateFiles, withFolder } from "../helpers/datasets.ts";
import { pythonWith } from "../helpers/python.ts";

const PROGRAM = join(import.meta.dirname, "check_dlrm.py");
const WORKLOAD = join(import.meta.dirname, "../../workloads/dlrm.yaml");
const MODULES = ["fastparquet", "pandas", "pyarrow", "cryptography"];
const ROWS = 1500, ROW_GROUP_ROWS = 600;
const TEST_TIMEOUT_MS = 120_000;

test(
  "FileGenerator writes a DLRM file that fastparquet and pandas read",
  { timeout: TEST_TIMEOUT_MS },
  (t) => {
    const python = pythonWith(...MODULES);
    if (python === undefined) return t.skip(`skipped: no Python has ${MODULES.join(", ")}`);
    const { workload } = parseWorkload({ label: "dlrm.yaml", text: fs.readFileSync(WORKLOAD, "utf8") });
    const dlrm = specificationOf(workload);
    assert.equal(dlrm.columns.length, 200);
    for (const compression of ["none", "snappy"] as const) {
      withFolder((dataFolder) => {
        const spec: DatasetSpecification = {
          ...dlrm,
          num_samples_per_file: ROWS,
          row_group_size: ROW_GROUP_ROWS,
          compression,
        };
        generateFiles(dataFolder, spec, [0]);
        const path = filePath(patternNames(dataFolder, spec), 0);
        const { columns, seed } = spec;
        const task = JSON.stringify({ columns, seed, rows: ROWS, rowGroupRows: ROW_GROUP_ROWS });
        const differences = JSON.parse(execFileSync(python, [PROGRAM, path, task], { encoding: "utf8" }));
        assert.deepEqual(differences, [], compression);
      });
    }
  },
);
