// Whether a rate falls or rises over a run: Theil and Sen's slope, the median of the slopes between all pairs of points,
// which a few slow seconds do not move; and Mann and Kendall's test of whether it is more than chance.
import { meanOf } from "./epoch_result.ts";
import { medianOf } from "./outliers.ts";

export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  /** Of the fitted line, from the first point to the last, in percent of its beginning. */
  readonly changePercent: number;
  readonly isSignificant: boolean;
}

/** Pairs grow with the square: of longer runs the means of neighbours are compared. */
const MAX_POINTS = 300;
/** Of a normal variable: exceeded by chance in 1 of 100 runs without a trend. */
const SIGNIFICANT_Z = 2.58;

/** Returns the trend of at least two points in the order of time; undefined where the fitted line begins at 0 or below. */
export function fitTrend(all: readonly Point[]): Trend | undefined {
  const points = thinOut(all);
  const count = points.length;
  const slopes = new Float64Array(count * (count - 1) / 2);
  let pairs = 0, score = 0;
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++) {
      const rise = points[second].value - points[first].value;
      slopes[pairs++] = rise / (points[second].at - points[first].at);
      score += Math.sign(rise);
    }
  }
  slopes.sort();
  const slope = pairs % 2 === 1 ? slopes[pairs >> 1] : (slopes[(pairs >> 1) - 1] + slopes[pairs >> 1]) / 2;
  const begin = medianOf(points.map(({ at, value }) => value - slope * (at - points[0].at)));
  if (!(begin > 0)) return undefined;
  const deviation = Math.sqrt(count * (count - 1) * (2 * count + 5) / 18);
  return {
    changePercent: slope * (points[count - 1].at - points[0].at) / begin * 100,
    isSignificant: Math.abs(score) - 1 > SIGNIFICANT_Z * deviation,
  };
}

function thinOut(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / MAX_POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.floor(points.length / size) }, (_, group) => {
    const members = points.slice(group * size, (group + 1) * size);
    return { at: meanOf(members.map(({ at }) => at)), value: meanOf(members.map(({ value }) => value)) };
  });
}
