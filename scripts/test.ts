// Runs the tests with Bun and closes with one plain line that any CI can read. Arguments go to `bun test`.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const TEST_TIMEOUT_MS = 60_000;

const root = fileURLToPath(new URL("..", import.meta.url).href);
const filters = process.argv.slice(2);
const args = ["test", `--timeout=${TEST_TIMEOUT_MS}`, ...(filters.length > 0 ? filters : ["tests"])];
const runner = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
let output = "";
runner.stderr.on("data", (data) => {
  process.stderr.write(data);
  output += data;
});
runner.on("close", (status) => {
  const count = (what: string) => Number(output.match(new RegExp(`^\\s*(\\d+) ${what}$`, "m"))?.[1] ?? 0);
  console.log(`${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped`);
  process.exit(status ?? 1);
});
