// Reads the headers of Zstandard data without decompressing it. Source: RFC 8878, sections 3.1.1.1 and 3.1.1.2.

const MAGIC = 0xfd2fb528;
const MAGIC_BYTES = 4, BLOCK_HEADER_BYTES = 3, CHECKSUM_BYTES = 4;
// By the two bits of the frame header descriptor that say how wide they are.
const DICTIONARY_ID_BYTES = [0, 1, 2, 4], CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const RLE_BLOCK = 1, RESERVED_BLOCK = 3;
const MAX_BLOCK_BYTES = 2 ** 17;

/**
 * Returns the content size that the header of a single frame states, -1 where it states none, or more than its blocks can
 * stand for, or the bytes are anything but one whole frame.
 *
 * A decompressor that trusts stated sizes may be given such a frame: there is no second one to state another.
 */
export function singleFrameContentBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < MAGIC_BYTES + 2 || view.getUint32(0, true) !== MAGIC) return -1;
  const descriptor = bytes[MAGIC_BYTES];
  const isSingleSegment = (descriptor & 32) !== 0, hasChecksum = (descriptor & 4) !== 0;
  const sizeBytes = descriptor >> 6 === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[descriptor >> 6];
  const sizeAt = MAGIC_BYTES + 1 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3];
  if (sizeBytes === 0 || sizeAt + sizeBytes > bytes.length) return -1;

  let at = sizeAt + sizeBytes, mostBytes = 0;
  for (let isLast = false; !isLast; at += BLOCK_HEADER_BYTES) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) return -1;
    const header = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) return -1;
    isLast = (header & 1) === 1;
    mostBytes += MAX_BLOCK_BYTES;
    at += type === RLE_BLOCK ? 1 : header >> 3;
  }
  const isWhole = at + (hasChecksum ? CHECKSUM_BYTES : 0) === bytes.length;
  const contentBytes = readSize(view, sizeAt, sizeBytes);
  return isWhole && contentBytes <= mostBytes ? contentBytes : -1;
}

function readSize(view: DataView, at: number, sizeBytes: number): number {
  if (sizeBytes === 1) return view.getUint8(at);
  if (sizeBytes === 2) return view.getUint16(at, true) + 256; // smaller ones have the form of one byte
  if (sizeBytes === 4) return view.getUint32(at, true);
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
