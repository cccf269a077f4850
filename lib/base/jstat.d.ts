// The part of jstat that is used; the package brings no types.
declare const jstat: {
  readonly studentt: {
    /** The quantile function. */
    inv(probability: number, freedom: number): number;
  };
};
export default jstat;
