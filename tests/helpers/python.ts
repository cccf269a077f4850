// Finds a Python that has the modules a test needs; such tests are skipped, with the reason, where there is none.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const CANDIDATES = [join(import.meta.dirname!, "../../.venv/bin/python"), "python3"];

/** Returns the first Python, that of `.venv` before the system's, which imports all of `modules`. */
export function pythonWith(...modules: string[]): string | undefined {
  return CANDIDATES.find((python) => spawnSync(python, ["-c", `import ${modules.join(", ")}`]).status === 0);
}
