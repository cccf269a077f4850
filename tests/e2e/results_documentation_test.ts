// What a real run writes is what docs/results.md tells of. That each documented key of the summary exists is in
// tests/metrics/results_documentation_test.ts.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { documentedKeys, isDocumentedBy, keysOf } from "../helpers/documented_keys.ts";
import { readSummary, resultFolders, setting, testInFolder } from "../helpers/runs.ts";

testInFolder("docs/results.md tells of all that a run writes", async (folder) => {
  const evaluates = setting("workflow.evaluation=true", "dataset.num_files_eval=1", "reader.odirect=false");
  const result = await runMlps(["run", "small.yaml", "--raw-log", "--quiet", ...evaluates], { cwd: folder });
  assertExit(result, 0);
  const [path] = resultFolders(join(folder, "results"));

  const documented = documentedKeys("summary.json");
  // Null stands for all that is below it.
  const isDocumented = (key: string) =>
    documented.some((entry) =>
      isDocumentedBy(key, entry) || entry.startsWith(`${key}.`) || entry.startsWith(`${key}[]`)
    );
  assert.deepEqual(keysOf(readSummary(path)).filter((key) => !isDocumented(key)), []);

  const points = fs.readFileSync(join(path, "series.jsonl"), "utf8").trimEnd().split("\n");
  assert.ok(points.length >= 4, "two epochs and two evaluations");
  for (const point of points) {
    assert.deepEqual(Object.keys(JSON.parse(point)).sort(), documentedKeys("series.jsonl").sort());
  }

  for (const phase of ["training", "evaluation"]) {
    for (const reader of [0, 1]) {
      const log = fs.readFileSync(join(path, `reads-${phase}-${reader}.csv`), "utf8");
      assert.deepEqual(log.split("\n")[0].split(","), documentedKeys("reads-training"));
    }
  }
});
