import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PreflightError } from "../../lib/base/errors.ts";
import { LOCK_NAME, lockDataFolder, TAKEOVER_NAME } from "../../lib/dataset/generation_lock.ts";
import { snapshotFolder, withFolder } from "../helpers/datasets.ts";

/** Returns the number of a process that has ended. */
function deadPid(): number {
  return spawnSync("true").pid;
}

/** Returns the text of the lock that this process would make, with `changes` applied. */
function lockText(folder: string, changes: object): string {
  const release = lockDataFolder(folder);
  const holder = JSON.parse(fs.readFileSync(join(folder, LOCK_NAME), "utf8"));
  release();
  return JSON.stringify({ ...holder, ...changes }) + "\n";
}

function assertRefused(folder: string, ...parts: RegExp[]): void {
  const before = snapshotFolder(folder);
  assert.throws(() => lockDataFolder(folder), (error) => {
    assert.ok(error instanceof PreflightError, String(error));
    for (const part of [/^Cannot generate into "/, /mlps-dataset\.lock"/, ...parts]) {
      assert.match(error.message, part);
    }
    return true;
  });
  assert.deepEqual(snapshotFolder(folder), before);
}

test("lockDataFolder() makes folder and lock, which says who holds it; the release removes it", () => {
  withFolder((folder) => {
    const dataFolder = join(folder, "a/b");
    const beginMs = Date.now();
    const release = lockDataFolder(dataFolder);
    const { host, pid, started } = JSON.parse(fs.readFileSync(join(dataFolder, LOCK_NAME), "utf8"));
    assert.deepEqual([host, pid], [hostname(), process.pid]);
    assert.ok(Date.parse(started) >= beginMs && Date.parse(started) <= Date.now());
    release();
    assert.deepEqual(fs.readdirSync(dataFolder), []);
    lockDataFolder(dataFolder)();
    assert.deepEqual(fs.readdirSync(dataFolder), []);
  });
});

test("lockDataFolder() refuses a lock whose process lives, or may live, naming host, process and file", () => {
  withFolder((folder) => {
    const dead = deadPid();
    const cases: [object, RegExp][] = [
      [{}, new RegExp(`process ${process.pid} on host ${hostname()} .*Wait for its end`)],
      [{ pid: 1 }, /process 1 on host /],
      [{ pid: dead, host: "elsewhere" }, /process \d+ on host elsewhere .* delete that file if it is dead/],
      [{ pid: dead, pid_namespace: "pid:[1]" }, new RegExp(`process ${dead} on host ${hostname()}`)],
    ];
    for (const [changes, part] of cases) {
      fs.writeFileSync(join(folder, LOCK_NAME), lockText(join(folder, "other"), changes));
      assertRefused(folder, part);
    }
    for (const text of ["", "{", "null", "{}", '{"pid": 0}', '{"pid": -1}', '{"pid": "7"}']) {
      fs.writeFileSync(join(folder, LOCK_NAME), text);
      assertRefused(folder, /does not say by whom\. Delete that file if no other generation is under way/);
    }
  });
});

test("lockDataFolder() takes over the lock of a process that died", () => {
  withFolder((folder) => {
    const text = lockText(folder, { pid: deadPid() });
    fs.writeFileSync(join(folder, LOCK_NAME), text);
    const release = lockDataFolder(folder);
    assert.deepEqual(fs.readdirSync(folder), [LOCK_NAME]);
    assert.equal(JSON.parse(fs.readFileSync(join(folder, LOCK_NAME), "utf8")).pid, process.pid);
    release();
    assert.deepEqual(fs.readdirSync(folder), []);
  });
});

test("lockDataFolder() refuses a lock that another process is taking over, naming its file", () => {
  withFolder((folder) => {
    fs.writeFileSync(join(folder, LOCK_NAME), lockText(folder, { pid: deadPid() }));
    fs.writeFileSync(join(folder, TAKEOVER_NAME), "");
    assertRefused(folder, /another mlps is taking over .*Delete ".*\/mlps-dataset\.lock\.takeover" if it/);
  });
});

test("lockDataFolder() names a folder that cannot be made", () => {
  withFolder((folder) => {
    fs.writeFileSync(join(folder, "file"), "");
    assert.throws(() => lockDataFolder(join(folder, "file/data")), {
      name: "PreflightError",
      message: /^Cannot lock ".*\/file\/data" by ".*": a part of the path is a file, not a folder/,
    });
  });
});

test("lockDataFolder() leaves a lock that someone else has made meanwhile when it releases its own", () => {
  withFolder((folder) => {
    const release = lockDataFolder(folder);
    fs.writeFileSync(join(folder, LOCK_NAME), "of another");
    release();
    assert.equal(fs.readFileSync(join(folder, LOCK_NAME), "utf8"), "of another");
  });
});

test(
  "lockDataFolder() lets one of several processes have a free lock, and a stale one",
  { timeout: 30_000 },
  async () => {
    const script = fileURLToPath(new URL("./generation_lock_process.ts", import.meta.url).href);
    for (const isStale of [false, true]) {
      await withFolder(async (folder) => {
        if (isStale) fs.writeFileSync(join(folder, LOCK_NAME), lockText(folder, { pid: deadPid() }));
        const startMs = String(Date.now() + 1000);
        const run = () => promisify(execFile)(process.execPath, [script, folder, startMs]);
        const answers = (await Promise.all([run(), run(), run(), run()])).map(({ stdout }) => stdout.trim());
        assert.deepEqual(answers.sort(), ["PreflightError", "PreflightError", "PreflightError", "locked"]);
        assert.deepEqual(fs.readdirSync(folder), []);
      });
    }
  },
);
