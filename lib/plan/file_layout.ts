// How the rows of a file are cut into row groups: all that the plan of an epoch needs to know of a file's inside.

/** The rows of each row group of a file, in order. */
export interface FileLayout {
  readonly rows: readonly number[];
}

/** Returns the layout of a generated file: full row groups and a last one with what is left. */
export function regularLayout(samplesPerFile: number, rowGroupRows: number): FileLayout {
  const rows: number[] = new Array(Math.floor(samplesPerFile / rowGroupRows)).fill(rowGroupRows);
  const restRows = samplesPerFile % rowGroupRows;
  if (restRows > 0) rows.push(restRows);
  return { rows };
}
