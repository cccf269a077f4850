import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileError, PreflightError } from "../../lib/base/errors.ts";
import {
  completeManifest,
  decodeRuns,
  encodeRuns,
  manifestPath,
  readManifest,
  startManifest,
  writeManifest,
} from "../../lib/dataset/manifest.ts";
import { smallSpecification, withFolder } from "../helpers/datasets.ts";

const STARTED = startManifest({
  version: "1.2.3",
  specification: smallSpecification(),
  specificationHash: "ab".repeat(32),
  created: new Date(0),
});

test("readManifest() returns what writeManifest() wrote, and undefined where there is none", () => {
  withFolder((folder) => {
    const dataFolder = join(folder, "new", "data");
    assert.equal(readManifest(dataFolder), undefined);
    writeManifest(dataFolder, STARTED);
    assert.deepEqual(readManifest(dataFolder), STARTED);
    const complete = completeManifest(STARTED, [500, 500, 400], new Date(2000));
    writeManifest(dataFolder, complete);
    assert.deepEqual(readManifest(dataFolder), complete);
    assert.deepEqual(fs.readdirSync(dataFolder), ["mlps-dataset.json"], "no temporary file is left");
  });
});

test("completeManifest() holds the sizes as runs, their sum and the end", () => {
  const complete = completeManifest(STARTED, Float64Array.of(500, 500, 400), new Date(2000));
  assert.deepEqual(complete.file_bytes, [[2, 500], [1, 400]]);
  assert.equal(complete.total_bytes, 1400);
  assert.equal(complete.status, "complete");
  assert.equal(complete.ended, "1970-01-01T00:00:02.000Z");
  assert.equal(complete.generator, "mlps 1.2.3");
});

test("decodeRuns() gives back what encodeRuns() was given", () => {
  for (const values of [[], [1], [1, 1, 1], [1, 2, 2, 1], [0, 0, 7]]) {
    assert.deepEqual([...decodeRuns(encodeRuns(values))], values);
  }
  assert.deepEqual(encodeRuns(new Array(100_000).fill(3)), [[100_000, 3]]);
});

test("readManifest() refuses a manifest that is broken or of another version, naming file and fault", () => {
  const complete = completeManifest(STARTED, [500, 500, 400], new Date(2000));
  const cases: [string, RegExp][] = [
    ['{"format_version": 1,', /not valid JSON/],
    ["", /not valid JSON/],
    ["[]", /format_version is undefined, this mlps knows 1/],
    ["null", /format_version is undefined/],
    [
      JSON.stringify({ ...complete, format_version: 2 }),
      /format_version is 2, this mlps knows 1.*mlps 1\.2\.3/,
    ],
    [JSON.stringify({ ...complete, specification: null }), /"specification" is missing or of the wrong type/],
    [JSON.stringify({ ...complete, specification_hash: 5 }), /"specification_hash"/],
    [JSON.stringify({ ...complete, status: "half" }), /"status"/],
    [JSON.stringify({ ...complete, file_bytes: [[3, "big"]] }), /"file_bytes"/],
    [JSON.stringify({ ...complete, file_bytes: [[2, 500]] }), /"file_bytes"/], // for 3 files
  ];
  withFolder((folder) => {
    const path = manifestPath(folder);
    for (const [text, message] of cases) {
      fs.writeFileSync(path, text);
      assert.throws(
        () => readManifest(folder),
        (error) =>
          error instanceof PreflightError && error.message.includes(path) && message.test(error.message),
        text,
      );
    }
  });
});

test("writeManifest() names the file when it cannot be written", () => {
  withFolder((folder) => {
    const file = join(folder, "file");
    fs.writeFileSync(file, "");
    assert.throws(() => writeManifest(file, STARTED), (error) => error instanceof FileError);
  });
});
