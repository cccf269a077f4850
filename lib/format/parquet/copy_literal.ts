// Copies short stretches of bytes from one array to another, quicker than by views or byte by byte.

// Longer stretches are faster by a view and a copy.
const MIN_BLOCK_BYTES = 64;

/** Two arrays of bytes, each with a view for four bytes at a time. */
export interface CopyPair {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  readonly inputView: DataView;
  readonly outputView: DataView;
}

/** Returns the two arrays with their views. */
export function copyPair(input: Uint8Array, output: Uint8Array): CopyPair {
  return {
    input,
    output,
    inputView: new DataView(input.buffer, input.byteOffset, input.length),
    outputView: new DataView(output.buffer, output.byteOffset, output.length),
  };
}

/** Copies `length` bytes from `at` in the input to `to` in the output. */
export function copyLiteral(pair: CopyPair, at: number, to: number, length: number): void {
  if (length >= MIN_BLOCK_BYTES) {
    pair.output.set(pair.input.subarray(at, at + length), to);
    return;
  }
  const { inputView, outputView } = pair;
  let done = 0;
  for (; done + 4 <= length; done += 4) {
    outputView.setInt32(to + done, inputView.getInt32(at + done, true), true);
  }
  for (; done < length; done++) outputView.setUint8(to + done, inputView.getUint8(at + done));
}
