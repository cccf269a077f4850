import assert from "node:assert/strict";
import { test } from "node:test";
import { studentQuantile } from "../../lib/base/student.ts";

test("studentQuantile() equals SciPy's t.ppf to six digits, for fractions of a degree too", () => {
  const expected: [number, number, number][] = [
    [0.975, 1, 12.706204736174694],
    [0.995, 2, 9.924843200918287],
    [0.995, 4.5, 4.272823993011293],
    [0.995, 1000, 2.580754698065951],
  ];
  for (const [probability, freedom, value] of expected) {
    assert.ok(
      Math.abs(studentQuantile(probability, freedom) / value - 1) < 1e-6,
      `${probability} ${freedom}`,
    );
    assert.ok(Math.abs(studentQuantile(1 - probability, freedom) + value) < 1e-5, "symmetric");
  }
});
