// What a user sees of a run while it goes on: on terminals of 80, 120 and 40 columns that change their width, and in a log.
import assert from "node:assert/strict";
import { assertExit, BINARY, runMlps, runScript } from "../helpers/binary.ts";
import { hasProgram } from "../helpers/programs.ts";
import { setting, testInFolder } from "../helpers/runs.ts";
import { Tmux } from "../helpers/tmux.ts";

/** Epochs of some 2 s: 48 steps of 40 ms. */
const SLOW_RUN = ["run", "small.yaml", ...setting("train.computation_time=0.04", "train.epochs=60")];
const STEP_LINE = /^epoch \d+\/60 +\d+ % /, RATE_LINE = /^AU \d+\.\d %, 90 % wanted/;
const STORAGE_LINE = /^[\d.]+ \w+\/s useful {2}/;
/** A wide character is not expected: each is a column. */
const widthOf = (line: string) => [...line].length;

/** Returns where the frame begins; -1 unless its three lines stand below each other, at the end. */
function frameAt(lines: readonly string[]): number {
  const at = lines.length - 3;
  const isFrame = [STEP_LINE, RATE_LINE, STORAGE_LINE].every((pattern, line) =>
    pattern.test(lines[at + line] ?? "")
  );
  return isFrame ? at : -1;
}

for (const columns of [80, 120]) {
  testInFolder(`mlps run draws three calm lines on a terminal of ${columns} columns`, async (folder, t) => {
    if (!hasProgram("tmux", t)) return;
    const terminal = new Tmux(`"${BINARY}" ${SLOW_RUN.join(" ")}; echo "ended: $?"`, {
      cwd: folder,
      columns,
    });
    try {
      const hasHistory = (lines: readonly string[]) => frameAt(lines) >= 0 && /[▁-█]{2}$/.test(lines.at(-2)!);
      const lines = await terminal.waitFor(hasHistory);
      assert.match(lines[frameAt(lines) - 1], /^Generated |^The dataset /, "messages stay above");
      assert.match(lines.at(-3)!, /[━─]{8,40} {2}step +\d+\/48 {2}.* left$/);
      assert.match(lines.at(-1)!, / device +reads p50 .*, p99 /);
      for (const line of lines) assert.ok(widthOf(line) < columns, line);
      // deno-lint-ignore no-control-regex
      assert.match(terminal.colouredScreen(), /AU \x1b\[3[12]m\d+\.\d %\x1b\[39m/);

      // After a change of width the frame stands once, on lines of the new width.
      for (const narrower of [60, 40, columns]) {
        terminal.resize(narrower);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const resized = await terminal.waitFor((now) => frameAt(now) >= 0);
        for (const line of resized.slice(-3)) assert.ok(widthOf(line) < narrower, line);
        assert.equal(resized.filter((line) => RATE_LINE.test(line)).length, 1, resized.join("\n"));
      }

      terminal.interrupt();
      const ended = await terminal.waitFor((now) => now.at(-1) === "ended: 130");
      assert.ok(!ended.some((line) => STORAGE_LINE.test(line) || / left$/.test(line)), ended.join("\n"));
    } finally {
      terminal.close();
    }
  });
}

testInFolder("mlps run redraws at most five times a second, and each time at once", async (folder, t) => {
  if (!hasProgram("script", t)) return;
  const args = ["run", "small.yaml", ...setting("train.computation_time=0.04", "train.epochs=1")];
  const command = `script -qec 'stty cols 80 rows 24; env -u CI -u NO_COLOR TERM=xterm LANG=C "$MLPS" ${
    args.join(" ")
  }' /dev/null`;
  const { stdout, exitCode } = await runScript(command, { cwd: folder });
  assert.equal(exitCode, 0, stdout);
  const begins = stdout.split("\x1b[?2026h").length - 1; // synchronized output: shown when it is complete
  assert.ok(begins > 5 && begins < 60, `${begins} redraws of some 2 s of reading, and of what comes before`);
  assert.ok(!stdout.includes("\x1b[2J"), "the screen is never cleared");
  // deno-lint-ignore no-control-regex
  assert.match(stdout, /^[\x00-\x7e]*$/, "a locale without UTF-8 gets ASCII");
});

testInFolder("mlps run writes a line every few seconds where there is no terminal", async (folder) => {
  const args = ["run", "small.yaml", ...setting("train.computation_time=0.15", "train.epochs=1")]; // 7 s
  const result = await runMlps(args, { cwd: folder });
  assertExit(result, 0);
  const lines = result.stderr.trimEnd().split("\n").filter((line) => line.startsWith("epoch "));
  assert.equal(lines.length, 1, result.stderr);
  assert.match(
    lines[0],
    /^epoch 1\/1 +\d+ % step \d+\/48, AU [\d.]+ %, 90 % wanted, .* samples\/s, .* useful, .* device, .* left$/,
  );
});
