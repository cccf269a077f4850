import assert from "node:assert/strict";
import { test } from "node:test";
import { NS_PER_SECOND } from "../../lib/base/units.ts";
import { describeDoctor, describeGeneration, describeValidation } from "../../lib/cli/progress_text.ts";

const MIB = 2 ** 20;

test("describeGeneration() tells share, rate and time left; no time left before the rate is known", () => {
  const progress = { filesDone: 1, filesWanted: 4, bytesWanted: 40 * MIB, elapsedNs: 2 * NS_PER_SECOND };
  assert.equal(
    describeGeneration({ ...progress, bytesWritten: 10 * MIB }),
    "generating   25 %  1/4 files, 10.0 MiB, 5.00 MiB/s, 6.00 s left",
  );
  assert.equal(
    describeGeneration({ ...progress, filesDone: 0, bytesWritten: 0 }),
    "generating    0 %  0/4 files, 0 B, 0 B/s",
  );
});

test("describeValidation() counts files, and bytes where it reads all of them", () => {
  assert.equal(
    describeValidation({ phase: "dropping", droppedFiles: 3, numFiles: 4 }),
    "dropping the dataset from the page cache  3/4 files",
  );
  const progress = {
    phase: "checking" as const,
    checkedFiles: 1,
    numFiles: 4,
    readBytes: 10 * MIB,
    elapsedNs: 2 * NS_PER_SECOND,
  };
  assert.equal(describeValidation({ ...progress, wantedBytes: 0 }), "validating   25 %  1/4 files");
  assert.equal(
    describeValidation({ ...progress, wantedBytes: 40 * MIB }),
    "validating   25 %  1/4 files, 10.0 MiB, 5.00 MiB/s, 6.00 s left",
  );
});

test("describeDoctor() tells what is looked at, and the rate that is measured", () => {
  assert.equal(describeDoctor({ phase: "host" }), "looking at the host");
  assert.equal(describeDoctor({ phase: "reading", bytesPerSecond: 5 * MIB }), "reading  5.00 MiB/s");
});
