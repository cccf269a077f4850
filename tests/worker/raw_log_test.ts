import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import { RawLog } from "../../lib/worker/raw_log.ts";
import { withFolder, withTmpfs } from "../helpers/datasets.ts";

const HEADER = "epoch,accelerator,reader,path,offset_bytes,bytes,begin_ns,elapsed_ns";
const PATHS = ["/data/plain.parquet", '/data/with "quotes", and a comma.parquet'];

function logIn(folder: string, onEnd: (message: string) => void = (message) => assert.fail(message)): RawLog {
  const pathOf = (file: number) => PATHS[file];
  return new RawLog({ folder, phase: "evaluation", accelerator: 3, reader: 7, pathOf, onEnd });
}

function linesIn(folder: string): string[] {
  const text = fs.readFileSync(join(folder, "reads-evaluation-7.csv"), "utf8");
  assert.ok(text.endsWith("\n"));
  return text.trimEnd().split("\n");
}

test("RawLog writes a line a read, and quotes a path where it has to", () => {
  withFolder((folder) => {
    const log = logIn(folder);
    assert.deepEqual(linesIn(folder), [HEADER]);
    log.beginEpoch(1);
    log.add(0, 4096, 100, 5, 7000);
    log.add(1, 2 ** 40, 200, 20, 8000);
    log.flush();
    log.flush();
    log.beginEpoch(2);
    log.add(0, 0, 300, 1, 9000);
    log.flush();
    log.close();
    assert.deepEqual(linesIn(folder), [
      HEADER,
      "1,3,7,/data/plain.parquet,4096,100,5,7000",
      '1,3,7,"/data/with ""quotes"", and a comma.parquet",1099511627776,200,20,8000',
      "2,3,7,/data/plain.parquet,0,300,1,9000",
    ]);
  });
});

test("RawLog writes by itself what it has no room for", () => {
  withFolder((folder) => {
    const log = logIn(folder);
    for (let read = 0; read < 40_000; read++) log.add(0, read, 1, 2, 3);
    assert.ok(linesIn(folder).length > 30_000);
    log.flush();
    log.close();
    const offsets = linesIn(folder).slice(1).map((line) => Number(line.split(",")[4]));
    assert.deepEqual(offsets, Array.from({ length: 40_000 }, (_, read) => read));
  });
});

test("RawLog ends with a whole line where the disk is full, says so once, and the run goes on", async (t: TestContext) => {
  const skipped = await withTmpfs("size=64k", (folder) => {
    const messages: string[] = [];
    const log = logIn(folder, (message) => messages.push(message));
    for (let times = 0; times < 20; times++) {
      for (let read = 0; read < 500; read++) log.add(0, read, 1, 2, 3);
      log.flush();
    }
    log.close();
    assert.equal(messages.length, 1);
    assert.match(
      messages[0],
      /^Cannot write ".*reads-evaluation-7.csv": no space left on the device\. The log ends/,
    );
    const lines = linesIn(folder);
    assert.ok(lines.length > 500 && lines.every((line) => line.split(",").length === 8));
  });
  if (skipped !== undefined) t.skip(skipped);
});

test("RawLog refuses a folder in which it cannot write", () => {
  assert.throws(() => logIn("/nowhere"), (error) => {
    assert.ok(error instanceof FileError);
    assert.match(error.message, /^Cannot write "\/nowhere\/reads-evaluation-7.csv": it does not exist/);
    return true;
  });
});
