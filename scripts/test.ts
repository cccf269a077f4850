// Runs the tests with Bun and closes with one plain line that any CI can read. Arguments go to `bun test`; without any
// all tests run: first those that may share the machine, in one process more than it has cores as
// some always wait, then those that ask how
// fast or how evenly something goes, one after another.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const TEST_TIMEOUT_MS = 60_000;
/** What another process beside them would disturb. */
const ALONE = ["ceiling", "instant_storage", "verdict"].map((name) => `tests/e2e/${name}_test.ts`);

const root = fileURLToPath(new URL("..", import.meta.url).href);
const total = { pass: 0, fail: 0, skip: 0, status: 0 };

const filters = process.argv.slice(2);
if (filters.length > 0) await runTests(filters);
else {
  await runTests([
    "tests",
    `--parallel=${availableParallelism() + 1}`,
    ...ALONE.map((path) => `--path-ignore-patterns=${path}`),
  ]);
  await runTests(ALONE);
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
