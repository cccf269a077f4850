// Compiles the binary: main.ts and every worker entry, each named on the command line. Arguments: the output
// (default ./mlps), then a target such as --target=bun-linux-arm64.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [outfile = "mlps", ...flags] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url).href);
const workers = ["read_worker", "generate_worker", "validate_worker", "raw_read_worker"].map((name) =>
  `lib/worker/${name}.ts`
);
const { status } = spawnSync(
  process.execPath,
  // With the parser's work done beforehand a command starts in half the time, for 6 MB.
  [
    "build",
    "--compile",
    "--minify",
    "--bytecode",
    "--format=esm",
    "main.ts",
    ...workers,
    "--outfile",
    outfile,
    ...flags,
  ],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
