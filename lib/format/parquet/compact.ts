// Reads Thrift's compact protocol without allocating; hyparquet builds an object for every struct and a bigint for
// every number. Source: thrift/doc/specs/thrift-compact-protocol.md.
//
// Bounds: a read beyond the array yields undefined, which ends a varint, and a position beyond `end` is refused
// before the next field. So a field costs one check, and no loop outlives the array.
import { CorruptionError } from "./corruption.ts";

/** Type numbers of the compact protocol that the format's readers ask for; false is a field without a value. */
export const CompactType = { FALSE: 2, BINARY: 8, LIST: 9, STRUCT: 12 } as const;

// Parquet's own structs nest 6 deep; the bound keeps a hostile file from exhausting the stack.
const MAX_DEPTH = 32;
const LONG_FORM_SIZE = 15;
const MAX_INT32 = 2 ** 31 - 1;
const NO_BYTES = new Uint8Array(0);

/** A reading position in an array of bytes, with the field it is at. One cursor serves many structs. */
export class CompactCursor {
  bytes: Uint8Array = NO_BYTES;
  /** The offset of the next byte to read. */
  at = 0;
  end = 0;
  /** The id of the field that `nextField` found; a caller that reads a nested struct restores it after. */
  fieldId = 0;
  /** The type of the field that `nextField` found. */
  fieldType = 0;

  /** Begins at offset `at` of `bytes`; nothing at or beyond offset `end` is taken for content. */
  reset(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.fieldId = 0;
  }

  /** Moves to the next field of the struct; returns false behind the struct's end. */
  nextField(): boolean {
    if (this.at >= this.end) throw endsEarly(this.end);
    const head = this.bytes[this.at++];
    if (head === 0) return false;
    this.fieldType = head & 15;
    this.fieldId = head < 16 ? this.readInteger() : this.fieldId + (head >> 4);
    return true;
  }

  /** Throws unless the field is of the type that the Parquet format gives it. */
  expectType(type: number): void {
    if (this.fieldType !== type) {
      throw new CorruptionError(this.at, `field ${this.fieldId} has type ${this.fieldType}, wanted ${type}`);
    }
  }

  /** Returns the integer of an i16, i32 or i64 field. */
  readIntegerField(): number {
    if (this.fieldType < 4 || this.fieldType > 6) {
      throw new CorruptionError(
        this.at,
        `field ${this.fieldId} has type ${this.fieldType}, wanted an integer`,
      );
    }
    return this.readInteger();
  }

  /** Returns a zigzag integer; one beyond 2^52 is refused: no length or offset is that large. */
  readInteger(): number {
    const value = this.#readVarint();
    if (value > Number.MAX_SAFE_INTEGER) throw new CorruptionError(this.at, "an integer is beyond 2^52");
    return unZigzag(value);
  }

  /** Returns the number of elements of a list of structs and moves to the first. */
  readStructListSize(): number {
    this.expectType(CompactType.LIST);
    const head = this.bytes[this.at++];
    const size = head >> 4 === LONG_FORM_SIZE ? this.#readVarint() : head >> 4;
    const leftBytes = this.end - this.at;
    if (leftBytes < 0) throw endsEarly(this.end);
    if (size > leftBytes) {
      throw new CorruptionError(this.at, `a list of ${size} structs, but ${leftBytes} bytes are left`);
    }
    if (size > 0 && (head & 15) !== CompactType.STRUCT) {
      throw new CorruptionError(this.at, `a list has elements of type ${head & 15}, wanted structs`);
    }
    return size;
  }

  /** Moves behind the value of the field. */
  skipField(): void {
    if (this.fieldType > CompactType.FALSE) {
      this.at = skipValue(this.bytes, this.at, this.end, this.fieldType);
    }
    if (this.at > this.end) throw endsEarly(this.end);
  }

  #readVarint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++];
    let value = byte & 127;
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[this.at++];
      value += (byte & 127) * scale;
    }
    if (this.at > this.end) throw endsEarly(this.end);
    return value;
  }
}

/** Returns the signed integer of a varint: 0, 1, 2, 3, 4 stand for 0, -1, 1, -2, 2. */
export function unZigzag(value: number): number {
  if (value <= MAX_INT32) return (value >>> 1) ^ -(value & 1);
  const half = value / 2;
  return half === Math.floor(half) ? half : -half - 0.5;
}

// Skipping is by plain functions over local variables, with literal type numbers, the most frequent types first: the
// scan of a footer spends its time here. The same through the cursor's fields took seven times as long (72 ms for
// the 7 MB of a DLRM file against 10), as a switch 16 ms.

/**
 * Returns the offset behind the struct at `at`.
 *
 * Nested structs are counted, not entered: what is skipped needs no field ids. A list of one element is stepped over
 * as the element alone.
 */
export function skipStruct(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  let open = depth;
  for (;;) {
    if (at >= end) throw endsEarly(end);
    const head = bytes[at++];
    if (head < 16) {
      if (head === 0) {
        if (open-- === depth) return at;
        continue;
      }
      while (bytes[at++] >= 128); // the field id in full instead of a difference
    }
    let type = head & 15;
    if (type === 9 && bytes[at] >> 4 === 1 && (bytes[at] & 15) > 3) type = bytes[at++] & 15;
    if (type >= 4 && type <= 6) { // i16, i32, i64
      if (bytes[at++] >= 128 && bytes[at++] >= 128) { while (bytes[at++] >= 128); }
    } else if (type === 12) { // struct
      if (++open > MAX_DEPTH) throw nestsTooDeep(at, end);
    } else if (type === 8) { // binary
      if (bytes[at] < 128) at += 1 + bytes[at];
      else at = skipLongBinary(bytes, at);
    } else if (type === 9 || type === 10) { // list, set
      at = skipList(bytes, at, end, open + 1);
    } else if (type === 7) { // double
      at += 8;
    } else if (type === 3) { // byte
      at++;
    } else if (type !== 1 && type !== 2) { // true, false
      throw damageAt(at, end, `a field has type ${type}, which Parquet does not use`);
    }
  }
}

/** Returns the offset behind the value of a field of any type but true and false, which have none. */
export function skipValue(bytes: Uint8Array, at: number, end: number, type: number): number {
  return skipElements(bytes, at, end, { type, count: 1, depth: 0 });
}

/** Returns the offset behind the list at `at`. */
function skipList(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (depth > MAX_DEPTH) throw nestsTooDeep(at, end);
  const head = bytes[at++];
  let size = head >> 4;
  if (size === LONG_FORM_SIZE) {
    size = 0;
    for (let scale = 1, byte = 128; byte >= 128; scale *= 128) {
      byte = bytes[at++];
      size += (byte & 127) * scale;
    }
  }
  return skipElements(bytes, at, end, { type: head & 15, count: size, depth });
}

interface Elements {
  readonly type: number;
  readonly count: number;
  readonly depth: number;
}

/** Returns the offset behind a run of values of one type, as a list has them. */
function skipElements(bytes: Uint8Array, at: number, end: number, { type, count, depth }: Elements): number {
  for (let index = 0; index < count; index++) {
    if (at >= end) throw endsEarly(end);
    switch (type) {
      case 1: // a Boolean takes a byte in a list
      case 2:
      case 3:
        at++;
        break;
      case 4:
      case 5:
      case 6:
        while (bytes[at++] >= 128);
        break;
      case 7:
        at += 8;
        break;
      case 8:
        if (bytes[at] < 128) at += 1 + bytes[at];
        else at = skipLongBinary(bytes, at);
        break;
      case 9:
      case 10:
        at = skipList(bytes, at, end, depth + 1);
        break;
      case 12:
        at = skipStruct(bytes, at, end, depth);
        break;
      default:
        throw new CorruptionError(at, `a value has type ${type}, which Parquet does not use`);
    }
  }
  return at;
}

function skipLongBinary(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let scale = 1, byte = 128; byte >= 128; scale *= 128) {
    byte = bytes[at++];
    length += (byte & 127) * scale;
  }
  return at + length;
}

function nestsTooDeep(at: number, end: number): CorruptionError {
  return damageAt(at, end, `structures nest deeper than ${MAX_DEPTH} levels`);
}

/** Returns the error of what was read before `at`; where that lies beyond `end`, it belongs to something else. */
function damageAt(at: number, end: number, reason: string): CorruptionError {
  return at > end ? endsEarly(end) : new CorruptionError(at, reason);
}

function endsEarly(end: number): CorruptionError {
  return new CorruptionError(end, "the bytes end inside a structure");
}
