import assert from "node:assert/strict";
import { test } from "node:test";
import { type DurationDistribution, meanSeconds } from "../../lib/config/durations.ts";
import { drawStepNs } from "../../lib/metrics/step_time.ts";

const DRAWS = 40_000;

// Each row: a distribution, its standard deviation in seconds (of the absolute value, which is what counts).
const DISTRIBUTIONS: readonly (readonly [distribution: DurationDistribution, stdev: number])[] = [
  [{ type: "normal", mean: 0.4, stdev: 0.02 }, 0.02],
  [{ type: "normal", mean: 0, stdev: 1 }, Math.sqrt(1 - 2 / Math.PI)],
  [{ type: "uniform", min: 0.2, max: 0.8 }, 0.6 / Math.sqrt(12)],
  [{ type: "gamma", shape: 3, scale: 0.5 }, 0.5 * Math.sqrt(3)],
  [{ type: "gamma", shape: 0.5, scale: 2 }, 2 * Math.sqrt(0.5)],
  [{ type: "exponential", scale: 0.25 }, 0.25],
  [{ type: "poisson", lam: 2.5 }, Math.sqrt(2.5)],
  [{ type: "poisson", lam: 100 }, 10],
];

for (const [distribution, stdev] of DISTRIBUTIONS) {
  test(`drawStepNs() draws with mean and deviation of ${JSON.stringify(distribution)}`, () => {
    const draws = Array.from(
      { length: DRAWS },
      (_, step) => drawStepNs({ distribution, seed: 7 }, step % 3, step) / 1e9,
    );
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / DRAWS;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / DRAWS;
    const standardError = stdev / Math.sqrt(DRAWS);
    assert.ok(draws.every((draw) => draw >= 0));
    assert.ok(Math.abs(mean - meanSeconds(distribution)) < 4 * standardError, `mean ${mean}`);
    assert.ok(Math.abs(Math.sqrt(variance) / stdev - 1) < 0.04, `deviation ${Math.sqrt(variance)}`);
  });
}

test("drawStepNs() depends on seed, accelerator and step, and on nothing else", () => {
  const distribution = { type: "exponential", scale: 1 } as const;
  const draw = (seed: number, accelerator: number, step: number) =>
    drawStepNs({ distribution, seed }, accelerator, step);
  assert.equal(draw(1, 2, 3), draw(1, 2, 3));
  assert.equal(new Set([draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]).size, 4);
});
