// A browser for the tests of the HTML report; such tests are skipped, with the reason, where there is none.
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Starts the first browser that is installed; skips the test where none is. */
export async function startBrowser(t: TestContext): Promise<Browser | undefined> {
  const name = NAMES.find((candidate) => spawnSync("sh", ["-c", `command -v ${candidate}`]).status === 0);
  if (name === undefined) {
    t.skip(`skipped: none of ${NAMES.join(", ")} is installed`);
    return undefined;
  }
  const executablePath = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  // Its sandbox is not to be had as root.
  return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
