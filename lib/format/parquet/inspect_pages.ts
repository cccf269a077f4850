// Walks the page headers of a file: what kinds of pages its columns have, and how large they are. Reads nothing but the
// headers, each by a read of its own.
import { breathe } from "../../base/breathe.ts";
import { FileError } from "../../base/errors.ts";
import { CorruptionError } from "./corruption.ts";
import type { ChunkList } from "./inspect_chunks.ts";
import { checkPageBounds, emptyPageHeader, PageType, parsePageHeader } from "./page_header.ts";
import { readBytes } from "./read_footer.ts";

/** Headers without statistics take some 40 bytes; the second length is for one that does not end in the first. */
const HEADER_READ_BYTES = [512, 1024 * 1024] as const;

/** The pages of one column over all row groups. */
export interface PageTotals {
  numV1: number;
  numV2: number;
  numDictionary: number;
  numIndex: number;
  /** Of data pages; the least is Infinity where there is none. */
  minValues: number;
  maxValues: number;
  minCompressedBytes: number;
  maxCompressedBytes: number;
  maxUncompressedBytes: number;
  /** Encodings of data pages, a bit for each number. */
  encodings: number;
}

/** Returns the pages of each leaf. @throws {FileError} {InterruptedError} */
export async function walkPages(
  fd: number,
  chunks: ChunkList,
  { path, fileBytes, signal }: { path: string; fileBytes: number; signal: AbortSignal },
): Promise<PageTotals[]> {
  const totals = Array.from({ length: chunks.numLeaves }, emptyTotals);
  const header = emptyPageHeader();
  for (let chunk = 0; chunk < chunks.startByte.length; chunk++) {
    await breathe(signal);
    const leaf = chunk % chunks.numLeaves;
    let at = chunks.startByte[chunk];
    const end = at + chunks.compressedBytes[chunk];
    // An empty row group may state any offset.
    if (chunks.numValues[chunk] === 0 && !(at >= 4 && end <= fileBytes)) continue;
    try {
      if (!(at >= 4 && end >= at && end <= fileBytes)) {
        throw new CorruptionError(0, `a column chunk from ${at} to ${end} in a file of ${fileBytes} bytes`);
      }
      while (at < end) {
        const headerBytes = readHeader(fd, path, at, end, header);
        const bodyBytes = checkPageBounds(header, 0, end - at - headerBytes);
        addPage(totals[leaf], header, headerBytes + bodyBytes);
        at += headerBytes + bodyBytes;
      }
    } catch (cause) {
      if (!(cause instanceof CorruptionError)) throw cause;
      throw new FileError({
        action: "read the page header of",
        path,
        offsetBytes: at,
        reason: `${cause.message} (leaf ${leaf} of row group ${Math.floor(chunk / chunks.numLeaves)})`,
      }, { cause });
    }
  }
  return totals;
}

function readHeader(
  fd: number,
  path: string,
  at: number,
  end: number,
  header: ReturnType<typeof emptyPageHeader>,
): number {
  for (const readLength of HEADER_READ_BYTES) {
    const bytes = readBytes(fd, path, at, Math.min(end, at + readLength));
    try {
      return parsePageHeader(bytes, 0, bytes.length, header);
    } catch (cause) {
      const isCut = cause instanceof CorruptionError && readLength !== HEADER_READ_BYTES[1] &&
        at + readLength < end;
      if (!isCut) throw cause;
    }
  }
  throw new CorruptionError(0, "a page header does not end");
}

function emptyTotals(): PageTotals {
  return {
    numV1: 0,
    numV2: 0,
    numDictionary: 0,
    numIndex: 0,
    minValues: Infinity,
    maxValues: 0,
    minCompressedBytes: Infinity,
    maxCompressedBytes: 0,
    maxUncompressedBytes: 0,
    encodings: 0,
  };
}

function addPage(
  totals: PageTotals,
  header: ReturnType<typeof emptyPageHeader>,
  storedBytes: number,
): void {
  switch (header.type) {
    case PageType.DICTIONARY:
      totals.numDictionary++;
      return;
    case PageType.INDEX:
      totals.numIndex++;
      return;
    case PageType.DATA:
      totals.numV1++;
      break;
    case PageType.DATA_V2:
      totals.numV2++;
      break;
    default:
      throw new CorruptionError(0, `a page has type ${header.type}, which Parquet does not know`);
  }
  totals.minValues = Math.min(totals.minValues, header.numValues);
  totals.maxValues = Math.max(totals.maxValues, header.numValues);
  totals.minCompressedBytes = Math.min(totals.minCompressedBytes, storedBytes);
  totals.maxCompressedBytes = Math.max(totals.maxCompressedBytes, storedBytes);
  totals.maxUncompressedBytes = Math.max(totals.maxUncompressedBytes, header.uncompressedBytes);
  if (header.encoding >= 0 && header.encoding <= 30) totals.encodings |= 1 << header.encoding;
}
