import assert from "node:assert/strict";
import { test } from "node:test";
import { paintAnswer, paintLevels } from "../../lib/cli/paint.ts";
import { type Paint, paintNothing } from "../../lib/cli/terminal.ts";

const paint: Paint = (tone, text) => `<${tone}>${text}</>`;

test("paintAnswer() paints the answer and nothing else", () => {
  const lines = ["title", "Yes: it does", "", "  AU  90 %"];
  const answer = { kind: "yes", label: "Pass", headline: "Yes: it does", detail: "" } as const;
  assert.deepEqual(paintAnswer(lines, answer, paint), ["title", "<good>Yes: it does</>", "", "  AU  90 %"]);
  assert.equal(paintAnswer(lines, { ...answer, kind: "no" }, paint)[1], "<bad>Yes: it does</>");
  assert.deepEqual(paintAnswer(lines, answer, paintNothing), lines);
});

test("paintLevels() paints the level of each check alone", () => {
  const lines = [
    "mlps on good: 1 bad",
    "  good   kernel   bad news",
    "  watch  load",
    "  bad    clock",
    "   good",
  ];
  assert.deepEqual(paintLevels(lines, paint), [
    "mlps on good: 1 bad",
    "  <good>good</>   kernel   bad news",
    "  <watch>watch</>  load",
    "  <bad>bad</>    clock",
    "   good",
  ]);
  assert.deepEqual(paintLevels(lines, paintNothing), lines);
});
