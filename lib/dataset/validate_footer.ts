// Whether a footer tells the truth about the column chunks of its file.
import { ByteWriter } from "hyparquet-writer";
import type { ChunkList } from "../format/parquet/inspect_chunks.ts";
import { chunkPrefixes } from "../format/parquet/write_chunk.ts";
import { appendFooter, CODEC_OF } from "../format/parquet/write_file.ts";
import {
  appendColumnChunk,
  appendRowGroupEnd,
  appendRowGroupStart,
  type ChunkPlace,
} from "../format/parquet/write_thrift.ts";
import type { DatasetSpecification } from "./specification.ts";
import { ChunkDamage } from "./validate_damage.ts";

const MAGIC_BYTES = 4;

/**
 * Returns which chunk does not lie between the magic bytes and the footer, or undefined.
 *
 * With `isTiled` each has to begin where the one before ends, as the generator writes them.
 */
export function findWrongPlace(
  { startByte, compressedBytes, numValues, numLeaves }: ChunkList,
  { dataEnd, isTiled }: { dataEnd: number; isTiled: boolean },
): string | undefined {
  let nextByte = MAGIC_BYTES;
  for (let chunk = 0; chunk < startByte.length; chunk++) {
    // Writers state any offset where there is nothing.
    if (!isTiled && numValues[chunk] === 0) continue;
    const start = startByte[chunk], end = start + compressedBytes[chunk];
    const isInside = start >= MAGIC_BYTES && end > start && end <= dataEnd;
    if (!isInside || (isTiled && start !== nextByte)) {
      const wanted = isInside
        ? `to begin at ${nextByte}`
        : `inside the data from ${MAGIC_BYTES} to ${dataEnd}`;
      return `leaf ${chunk % numLeaves} of row group ${
        Math.floor(chunk / numLeaves)
      } lies from byte ${start} to ` +
        `${end} by the footer, wanted ${wanted}`;
    }
    nextByte = end;
  }
  return isTiled && nextByte !== dataEnd
    ? `its column chunks end at byte ${nextByte} by the footer, which begins at ${dataEnd}`
    : undefined;
}

/**
 * Encodes the footer that a generated file must have, from what its pages add up to: the same specification gives the
 * same bytes.
 */
export class FooterEncoder {
  readonly #specification: DatasetSpecification;
  readonly #prefixes: readonly { readonly plain: Uint8Array; readonly dictionary: Uint8Array }[];
  readonly #rowGroups = new ByteWriter();
  #numRowGroups = 0;
  #numRows = 0;
  #chunkBytes = 0;
  #storedBytes = 0;

  constructor(specification: DatasetSpecification) {
    this.#specification = specification;
    const codec = CODEC_OF[specification.compression];
    this.#prefixes = specification.columns.map((column) => chunkPrefixes(column, codec));
  }

  beginRowGroup(): void {
    appendRowGroupStart(this.#rowGroups, this.#prefixes.length);
    this.#chunkBytes = this.#storedBytes = 0;
  }

  /** Adds the chunk of the next column of the row group. */
  addChunk(column: number, place: ChunkPlace): void {
    const { plain, dictionary } = this.#prefixes[column];
    appendColumnChunk(this.#rowGroups, place.dataByte > place.startByte ? dictionary : plain, place);
    this.#chunkBytes += place.chunkBytes;
    this.#storedBytes += place.storedBytes;
  }

  endRowGroup(rows: number): void {
    appendRowGroupEnd(this.#rowGroups, {
      rows,
      chunkBytes: this.#chunkBytes,
      storedBytes: this.#storedBytes,
    });
    this.#numRowGroups++;
    this.#numRows += rows;
  }

  /** Returns the metadata of the file of this index. */
  finish(keyValues: Readonly<Record<string, string>>): Uint8Array {
    const writer = new ByteWriter();
    appendFooter(writer, {
      columns: this.#specification.columns,
      keyValues,
      numRows: this.#numRows,
      numRowGroups: this.#numRowGroups,
      rowGroups: this.#rowGroups.getBytes(),
    });
    return writer.getBytes();
  }
}

/** Returns where and how far the metadata of a footer, which begins at `startByte`, is not what it must be. */
export function findFooterDamage(
  expected: Uint8Array,
  found: Uint8Array,
  startByte: number,
): { readonly offset_bytes: number; readonly message: string } | undefined {
  const damage = new ChunkDamage();
  damage.compare(expected, found, startByte, 1);
  if (damage.isEmpty) return undefined;
  const { runs: [{ offset_bytes }], differing_bytes, first_expected_hex, first_found_hex } = damage.report(0);
  const count = differing_bytes === 1 ? "1 byte" : `${differing_bytes} bytes`;
  const message = `${count} of the footer differ from what the generator writes; first expected ` +
    `0x${first_expected_hex}, found 0x${first_found_hex}`;
  return { offset_bytes, message };
}
