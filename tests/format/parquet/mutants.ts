// Damages valid Parquet files where it hurts: headers of pages, the first bytes behind them (levels, dictionaries, sizes
// of compressed data), the footer, the tail, and anywhere. Seed and index alone decide what happens to a file.
import { emptyPageHeader, parsePageHeader } from "../../../lib/format/parquet/page_header.ts";
import { type RandomSource, randomSource } from "../../helpers/random_source.ts";
import { openFile } from "./read_file.ts";

const TAIL_BYTES = 8;
/** How much of a page is its beginning: levels or their length, bit widths, the size in front of snappy data. */
const PAGE_BEGIN_BYTES = 12;
const NUM_CHANGES = [1, 1, 1, 1, 2, 4] as const;
const SEED_STEP = 1_000_003;

/** A valid file with the places where damage tells most. */
export interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly headers: readonly Range[];
  readonly pageBegins: readonly Range[];
  readonly footer: Range;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Returns a valid file with its places. */
export function describeSeedFile(name: string, bytes: Uint8Array): SeedFile {
  const { table, numRowGroups, columns, metadata } = openFile(bytes);
  const headers: Range[] = [], pageBegins: Range[] = [];
  const header = emptyPageHeader();
  for (let chunk = 0; chunk < numRowGroups * columns.length; chunk++) {
    const end = table.startByte[chunk] + table.bytes[chunk];
    for (let at = table.startByte[chunk]; at < end;) {
      const page = parsePageHeader(bytes, at, end, header);
      headers.push({ start: at, end: page });
      at = page + header.compressedBytes;
      if (at > page) pageBegins.push({ start: page, end: Math.min(at, page + PAGE_BEGIN_BYTES) });
    }
  }
  const footerStart = bytes.length - TAIL_BYTES - metadata.length;
  return { name, bytes, headers, pageBegins, footer: { start: footerStart, end: bytes.length - TAIL_BYTES } };
}

/** Returns damaged copy `index` of a file. */
export function makeMutant(file: SeedFile, seed: number, index: number): Uint8Array {
  const random = randomSource(Math.imul(seed, SEED_STEP) + index);
  let bytes: Uint8Array = file.bytes.slice(), metadataBytes = file.footer.end - file.footer.start;
  for (let changes = random.pick(NUM_CHANGES); changes > 0; changes--) {
    const at = pickPlace(file, bytes.length, random), before = bytes.length;
    bytes = random.pick(CHANGES)(bytes, at, random);
    if (at >= file.footer.start) metadataBytes += bytes.length - before;
    // Most files of another length are refused for it alone: let most of the damage get beyond that.
    if (bytes.length === before || random.integer(0, 3) === 0) continue;
    if (at >= file.footer.start) setFooterBytes(bytes, metadataBytes);
    else bytes = restoreLength(bytes, bytes.length - TAIL_BYTES - metadataBytes, before);
  }
  return bytes;
}

/** Returns the bytes with the length that they had: what is too much or missing is so right before the footer. */
function restoreLength(bytes: Uint8Array, footerStart: number, length: number): Uint8Array {
  const missingBytes = length - bytes.length;
  if (footerStart < 0 || footerStart < -missingBytes) return bytes;
  return missingBytes > 0
    ? splice(bytes, footerStart, 0, new Uint8Array(missingBytes).fill(0xa5))
    : splice(bytes, footerStart + missingBytes, -missingBytes, new Uint8Array(0));
}

function setFooterBytes(bytes: Uint8Array, metadataBytes: number): void {
  if (bytes.length >= TAIL_BYTES && metadataBytes > 0) {
    new DataView(bytes.buffer).setUint32(bytes.length - TAIL_BYTES, metadataBytes, true);
  }
}

function pickPlace(file: SeedFile, fileBytes: number, random: RandomSource): number {
  const within = ({ start, end }: Range) => Math.min(random.integer(start, end - 1), fileBytes - 1);
  const die = random.integer(0, 39);
  if (die < 12) return within(random.pick(file.headers));
  if (die < 26) return within(random.pick(file.pageBegins));
  if (die < 33) return within({ start: 0, end: file.footer.start });
  if (die < 39) return within(file.footer);
  return within({ start: file.footer.end, end: file.bytes.length });
}

type Change = (bytes: Uint8Array, at: number, random: RandomSource) => Uint8Array;

const BYTES_OF_INTEREST = [0, 1, 2, 0x15, 0x7f, 0x80, 0xfe, 0xff] as const;
/** Lengths and counts that nothing backs, as varints: about 2^14, 2^26, 2^31 - 1, 2^31, 2^32 - 1, 2^35, 2^63. */
const VARINTS: readonly (readonly number[])[] = [
  [0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x20],
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
];
const WORDS = [0, 1, 7, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff] as const;

const CHANGES: readonly Change[] = [
  flipBit,
  flipBit,
  flipBit,
  setByte,
  setByte,
  setByte,
  overwrite,
  overwrite,
  insertVarint,
  setWord,
  remove,
  insert,
  copyWithin,
  cut,
  extend,
];

function flipBit(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  bytes[at] ^= 1 << random.integer(0, 7);
  return bytes;
}

function setByte(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  bytes[at] = random.integer(0, 1) === 0 ? random.pick(BYTES_OF_INTEREST) : random.integer(0, 255);
  return bytes;
}

function overwrite(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  const content = random.pick(VARINTS);
  bytes.set(content.slice(0, bytes.length - at), at);
  return bytes;
}

/** Puts a large number in the place of a small one, as a writer would: what follows moves. */
function insertVarint(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  return splice(bytes, at, 1, Uint8Array.from(random.pick(VARINTS)));
}

function setWord(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  if (at + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(at, random.pick(WORDS), true);
  return bytes;
}

function remove(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  return splice(bytes, at, 2 ** random.integer(0, 8), new Uint8Array(0));
}

function insert(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  return splice(bytes, at, 0, randomBytes(random));
}

function copyWithin(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  const from = random.integer(0, bytes.length - 1);
  return bytes.copyWithin(at, from, from + 2 ** random.integer(0, 6));
}

function cut(bytes: Uint8Array, at: number, random: RandomSource): Uint8Array {
  if (random.integer(0, 3) === 0) return bytes.slice(0, at);
  return splice(bytes, at, random.integer(1, 2000), new Uint8Array(0));
}

function extend(bytes: Uint8Array, _: number, random: RandomSource): Uint8Array {
  return splice(bytes, bytes.length, 0, randomBytes(random));
}

function randomBytes(random: RandomSource): Uint8Array {
  const fill = random.integer(0, 2);
  return Uint8Array.from(
    { length: 2 ** random.integer(0, 6) },
    () => fill === 0 ? 0 : fill === 1 ? 0xff : random.integer(0, 255),
  );
}

/** Returns the bytes with `content` in the place of `removedBytes`; some of a file is always left. */
function splice(bytes: Uint8Array, at: number, removedBytes: number, content: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removedBytes));
  const result = new Uint8Array(at + content.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(content, at);
  result.set(rest, at + content.length);
  return result.length > 0 ? result : bytes;
}
