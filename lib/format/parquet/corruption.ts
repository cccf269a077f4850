// The one error of the parsers in this folder. They see bytes and no file, so they say where in their bytes the
// damage is; whoever knows the file turns it into a FileError.

/** Bytes that break the Parquet format at `offset` of the array that holds them. */
export class CorruptionError extends Error {
  override readonly name = "CorruptionError";
  constructor(readonly offset: number, reason: string) {
    super(reason);
  }
}
