// Runs the tests with Bun and closes with one plain line that any CI can read. Arguments go to `bun test`; without any
// all tests run: first those that may share the machine, in one process more than it has cores, as some always wait; then
// the others, one after another.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const TEST_TIMEOUT_MS = 60_000;
/**
 * Tests that judge times, the page cache of the host or its CPUs: what another process beside them would disturb. Folders
 * and files.
 */
const ALONE = [
  "base/clock_test.ts",
  "e2e/accounting_test.ts",
  "e2e/ceiling_test.ts",
  "e2e/evaluation_test.ts",
  "e2e/instant_storage_test.ts",
  "e2e/interrupt_test.ts",
  "e2e/io_engine_test.ts",
  "e2e/scan_test.ts",
  "e2e/verdict_test.ts",
  "run",
  "storage/accounting_test.ts",
  "storage/page_cache_test.ts",
  "storage/uring_fault_test.ts",
  "worker",
].map((name) => `tests/${name}`);
/** Each takes up to half a gigabyte. */
const MAX_PROCESSES = 8;

const root = fileURLToPath(new URL("..", import.meta.url).href);
const total = { pass: 0, fail: 0, skip: 0, status: 0 };

const filters = process.argv.slice(2);
if (filters.length > 0) await runTests(filters);
else {
  for (const path of ALONE) if (!fs.existsSync(`${root}${path}`)) throw new Error(`There is no ${path}`);
  const numProcesses = Math.min(availableParallelism() + 1, MAX_PROCESSES);
  await runTests([
    "tests",
    `--parallel=${numProcesses}`,
    ...ALONE.map((path) => `--path-ignore-patterns=${path.endsWith(".ts") ? path : `${path}/**`}`),
  ]);
  await runTests(["--retry=1", ...ALONE]); // whatever else this host does may disturb them once
}
console.log(`${total.pass} passed, ${total.fail} failed, ${total.skip} skipped`);
process.exit(total.status);

/** Runs `bun test` with these arguments and adds to the total. */
function runTests(args: readonly string[]): Promise<void> {
  const runner = spawn(process.execPath, ["test", `--timeout=${TEST_TIMEOUT_MS}`, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "pipe"],
  });
  let output = "";
  runner.stderr.on("data", (data) => {
    process.stderr.write(data);
    output += data;
  });
  return new Promise((resolve) =>
    runner.on("close", (status) => {
      for (const what of ["pass", "fail", "skip"] as const) {
        total[what] += Number(output.match(new RegExp(`^\\s*(\\d+) ${what}$`, "m"))?.[1] ?? 0);
      }
      total.status ||= status ?? 1;
      resolve();
    })
  );
}
