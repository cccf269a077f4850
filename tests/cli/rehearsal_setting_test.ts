import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { rehearsalSecondsOf } from "../../lib/cli/rehearsal_setting.ts";

test("rehearsalSecondsOf() takes seconds, and nothing for nothing", () => {
  const table: [text: string | undefined, seconds: number | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    ["0", 0],
    ["0.05", 0.05],
    ["4.9", 4.9],
  ];
  for (const [text, seconds] of table) {
    assert.equal(rehearsalSecondsOf({ MLPS_REHEARSAL_SECONDS: text }), seconds);
  }
});

test("rehearsalSecondsOf() refuses all else by name and value", () => {
  for (const text of ["-1", "5", "long", "NaN", " "]) {
    assert.throws(
      () => rehearsalSecondsOf({ MLPS_REHEARSAL_SECONDS: text }),
      (error) =>
        error instanceof UsageError && error.message.includes(`MLPS_REHEARSAL_SECONDS=${text}: seconds`),
    );
  }
});
