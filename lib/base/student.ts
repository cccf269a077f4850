// Student's t distribution, from a library: what a mean of few values may be off by.
// @ts-types="./jstat.d.ts"
import jstat from "jstat";

/** Returns the value that Student's t does not exceed with `probability`, for degrees of freedom that may be a fraction. */
export function studentQuantile(probability: number, freedom: number): number {
  return jstat.studentt.inv(probability, freedom);
}
