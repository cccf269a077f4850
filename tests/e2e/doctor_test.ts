// mlps doctor on this host: what it finds on a filesystem with a device and in memory, and that it leaves nothing behind.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { DoctorReport } from "../../lib/metrics/doctor.ts";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { documentedKeys, isDocumentedBy, keysOf } from "../helpers/documented_keys.ts";
import { testInFolder } from "../helpers/runs.ts";

const MIB = 2 ** 20;

async function examine(folder: string, ...args: string[]): Promise<DoctorReport> {
  const result = await runMlps(["doctor", "--json", "--quiet", ...args], { cwd: folder });
  assertExit(result, 0);
  assert.equal(result.stderr, "");
  return JSON.parse(result.stdout);
}

testInFolder(
  "mlps doctor reads what lies in the folder, and its document is as documented",
  async (folder) => {
    const path = join(folder, "large");
    fs.truncateSync(makeFile(path), 300 * MIB); // a hole: no device is asked, however fast this is
    const report = await examine(folder);
    const { read_test: test, read_test_error: error } = report.facts.folder;
    assert.equal(error, null);
    assert.deepEqual([test?.files, test?.num_files, test?.file_bytes], ["existing", 1, 300 * MIB]);
    assert.ok(test!.read_bytes > 0 && test!.p50_ns > 0 && test!.p99_ns >= test!.p50_ns);
    assert.ok(test!.elapsed_seconds < 5, `${test!.elapsed_seconds} s`);
    assert.equal(fs.statSync(path).size, 300 * MIB);

    const documented = documentedKeys("The document", "doctor.md"), keys = keysOf(report);
    const isDocumented = (key: string) =>
      documented.some((entry) =>
        isDocumentedBy(key, entry) || isDocumentedBy(key.replace(/\[\]$/, ""), entry)
      );
    assert.deepEqual(keys.filter((key) => !isDocumented(key)), []);
    const isThere = (entry: string) =>
      keys.some((key) => isDocumentedBy(key, entry) || isDocumentedBy(key.replace(/\[\]$/, ""), entry));
    assert.deepEqual(documented.filter((entry) => !isThere(entry)), []);
  },
);

function makeFile(path: string): string {
  fs.writeFileSync(path, "");
  return path;
}

testInFolder("mlps doctor makes a file of its own where there is none, and removes it", async (folder) => {
  const { checks, facts } = await examine(folder);
  const { read_test: test, read_test_refusal: refusal } = facts.folder;
  assert.ok(test?.files === "temporary" || refusal !== null, "there is room, or it says that there is none");
  assert.ok(checks.some(({ name }) => name === "read_rate"));
  assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
});

testInFolder("mlps doctor calls memory no storage", async (folder) => {
  const report = await examine(folder, "--no-read-test");
  assert.equal(report.level, "bad");
  assert.equal(report.facts.folder.read_test, null);
  const bad = report.checks.filter(({ level }) => level === "bad").map(({ name }) => name);
  assert.deepEqual(bad, ["filesystem"]);
  assert.match(report.facts.folder.probe!.direct_refusal!, /in memory/);
}, { parent: "/dev/shm" });

testInFolder("mlps doctor prints one page of 80 columns", async (folder) => {
  const result = await runMlps(["doctor", "--no-read-test"], { cwd: folder });
  assertExit(result, 0);
  const [title, ...lines] = result.stdout.trimEnd().split("\n");
  assert.match(title, /^mlps \d.*: /);
  assert.ok(lines.length < 60, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80 || /\/\S{40}/.test(line), line);
});

testInFolder("mlps doctor refuses a folder that is not there", async (folder) => {
  for (const dir of ["missing", "small.yaml"]) {
    const result = await runMlps(["doctor", dir, "--json"], { cwd: folder });
    assertExit(result, 3);
    assert.equal(JSON.parse(result.stdout).error.kind, "preflight");
  }
});

testInFolder("mlps doctor leaves nothing behind when it is interrupted", async (folder) => {
  const running = startMlps(["doctor", "--json"], { cwd: folder });
  await waitUntil(() => fs.readdirSync(folder).some((name) => name.startsWith(".mlps-doctor-")), running);
  running.process.kill("SIGINT");
  const result = await running.ended;
  assertExit(result, 130);
  assert.equal(JSON.parse(result.stdout).error.kind, "interrupted");
  assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
});
