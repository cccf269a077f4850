import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { shellCommand } from "../../lib/base/shell.ts";

test("shellCommand() leaves plain words as they are", () => {
  assert.equal(
    shellCommand(["mlps", "run", "a/b-c.yaml", "--set", "x.y=1"]),
    "mlps run a/b-c.yaml --set x.y=1",
  );
});

test("shellCommand() quotes what a shell would read as something else", () => {
  const words = ["a b", "it's", "$HOME", "*", "", "a;b", 'say "x"', "[1, 2]"];
  const { stdout } = spawnSync("sh", ["-c", `printf '%s\\n' ${shellCommand(words)}`], { encoding: "utf8" });
  assert.deepEqual(stdout.split("\n").slice(0, -1), words);
});
