// Whether the header of a page is the one that the generator writes.
import { ByteWriter } from "hyparquet-writer";
import { Codec } from "../format/parquet/codecs.ts";
import type { ColumnStorage } from "../format/parquet/dtypes.ts";
import { type PageHeaderFields, PageType } from "../format/parquet/page_header.ts";
import { appendDictionaryHeader, appendPageHeader, Encoding } from "../format/parquet/write_thrift.ts";

const writer = new ByteWriter();

/** What is known of a page before its header is looked at. */
export interface WantedPage {
  readonly codec: number;
  readonly storage: ColumnStorage;
  /** Rows of the chunk that come with this page or a later one. */
  readonly leftRows: number;
  readonly isFirst: boolean;
  readonly hasDictionary: boolean;
}

/** Returns in what a header, whose sizes fit the chunk, is none of a generated page; undefined where it may be one. */
export function findWrongHeader(header: PageHeaderFields, wanted: WantedPage): string | undefined {
  const { type, encoding, numRows, numNulls, numValues, isCompressed, compressedBytes, uncompressedBytes } =
    header;
  const { codec, storage, leftRows, isFirst, hasDictionary } = wanted;
  if (type === PageType.DICTIONARY) {
    if (!isFirst) return "a dictionary page that is not the first page";
    return encoding === Encoding.PLAIN
      ? undefined
      : `a dictionary page of encoding ${encoding}, PLAIN is wanted`;
  }
  if (type !== PageType.DATA_V2) return `a page of type ${type}, ${PageType.DATA_V2} is wanted`;
  const wantedEncoding = hasDictionary ? Encoding.RLE_DICTIONARY : Encoding.PLAIN;
  if (encoding !== wantedEncoding) return `a page of encoding ${encoding}, ${wantedEncoding} is wanted`;
  if (numNulls !== 0) return `a page of ${numNulls} nulls, 0 are wanted`;
  if (!(numRows > 0 && numRows <= leftRows)) return `a page of ${numRows} rows, 1 to ${leftRows} are wanted`;
  const wantedValues = numRows * storage.valuesPerRow;
  if (numValues !== wantedValues) return `a page of ${numValues} values, ${wantedValues} are wanted`;
  const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
  if ((levelsBytes > 0) !== storage.isList) return `a page with ${levelsBytes} bytes of levels`;
  const plainBytes = levelsBytes + Math.ceil(numValues * storage.valueBits / 8);
  if (encoding === Encoding.PLAIN && uncompressedBytes !== plainBytes) {
    return `a page of ${uncompressedBytes} bytes once decompressed, ${plainBytes} are wanted`;
  }
  if ((isCompressed !== 0) !== (codec !== Codec.UNCOMPRESSED)) {
    return `a page that is ${isCompressed === 0 ? "not " : ""}marked as compressed`;
  }
  return codec === Codec.UNCOMPRESSED && compressedBytes !== uncompressedBytes
    ? `a page of ${compressedBytes} bytes, ${uncompressedBytes} are wanted`
    : undefined;
}

/** Returns whether `bytes` are how the generator encodes the header: a reader bears with more than it writes. */
export function isEncoded(header: PageHeaderFields, bytes: Uint8Array): boolean {
  const { numRows: rows, numValues, encoding, uncompressedBytes: pageBytes, compressedBytes: storedBytes } =
    header;
  writer.index = 0;
  if (header.type === PageType.DICTIONARY) {
    appendDictionaryHeader(writer, { numValues, pageBytes, storedBytes });
  } else {
    appendPageHeader(writer, {
      rows,
      numValues,
      encoding,
      repetitionBytes: header.repetitionLevelsBytes,
      definitionBytes: header.definitionLevelsBytes,
      pageBytes,
      storedBytes,
      isCompressed: header.isCompressed !== 0,
    });
  }
  return Buffer.compare(writer.getBytes(), bytes) === 0;
}

/** Returns whether the values of a page are not compressed; a dictionary page has no mark of its own. */
export function isStoredPage({ type, isCompressed }: PageHeaderFields, codec: number): boolean {
  return codec === Codec.UNCOMPRESSED || (type === PageType.DATA_V2 && isCompressed === 0);
}
