import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { askForLongTurns } from "../../lib/base/scheduling.ts";

const SCHED_BATCH = 3; // linux/sched.h

test("askForLongTurns() makes this thread one that takes no core from others", (t) => {
  const path = "/proc/self/sched";
  if (!fs.existsSync(path)) return t.skip("the kernel does not show how threads are scheduled");
  askForLongTurns();
  const policy = Number(fs.readFileSync(path, "utf8").match(/^policy\s*:\s*(\d+)/m)?.[1]);
  assert.equal(policy, SCHED_BATCH);
});
