"""Derives the values of a generated dataset again, from what the comments in lib/format/parquet/values.ts,
distribution.ts and vocabulary.ts say, with another AES and another language, and compares what pyarrow reads."""

import hashlib
import json
import math
import struct
import sys

import numpy as np
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def stream(seed, file_index, row_group, column, size):
    key = hashlib.sha256(f"mlps dataset seed {seed}".encode()).digest()[:16]
    counter = struct.pack(">IIII", file_index, row_group, column, 0)
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(bytes(size))


def uniform(dtype, size, raw_of, count):
    raw = raw_of(count * 8 + 16)
    w4, w8 = np.frombuffer(raw, "<u4")[:count], np.frombuffer(raw[: count * 8], "<u8")
    if dtype in ("float32", "list"):
        return (w4 >> 9 | 0x3F800000).astype("<u4").view("<f4")
    if dtype == "float64":
        mantissa = (w8 >> np.uint64(44)) << np.uint64(32) | w8 & np.uint64(0xFFFFFFFF)
        return (mantissa | np.uint64(0x3FF00000 << 32)).view("<f8")
    if dtype == "float16":
        half = np.frombuffer(raw, "<u2")[: count + count % 2].astype("<u4")
        word = half[0::2] | half[1::2] << 16
        return ((word >> 6) & 0x03FF03FF | 0x3C003C00).astype("<u4").view("<f2")[:count]
    if dtype in ("int8", "int16"):
        return w4.astype(dtype)
    if dtype == "uint8":
        return (w4 >> 24).astype("u1")
    if dtype == "uint16":
        return (w4 >> 16).astype("<u2")
    if dtype in ("int32", "uint32"):
        return w4.view(dtype)
    if dtype in ("int64", "uint64"):
        return w8.view(dtype)
    if dtype == "bool":
        return np.unpackbits(np.frombuffer(raw, "u1"), bitorder="little")[:count].astype(bool)
    length = 12 if dtype == "string" and size == 1 else size
    raw = raw_of(count * (length + 4))
    values = [raw[i * (length + 4) + 4 : (i + 1) * (length + 4)] for i in range(count)]
    if dtype == "string":
        return ["".join(chr(32 + b * 95 // 256) for b in value) for value in values]
    return values


def logarithm(value):
    halvings = 0
    while value > math.sqrt(2):
        value /= 2
        halvings += 1
    t = (value - 1) / (value + 1)
    total = 0.0
    for k in range(23, 0, -2):
        total = total * t * t + 1 / k
    return halvings * math.log(2) + 2 * t * total


def exponential(value):
    doublings = math.floor(value / math.log(2) + 0.5)
    rest = value - doublings * math.log(2)
    total = 1.0
    for k in range(16, 0, -1):
        total = 1 + total * rest / k
    return total * 2.0**doublings


def zipf_table(cardinality, exponent):
    buckets, weights, first = [], [], 0
    while first < cardinality:
        width = min(cardinality - first, max(1, first // 1024))
        buckets.append((first, width))
        weights.append(width * exponential(-exponent * logarithm(first + (width + 1) / 2)))
        first += width
    index_bits = math.ceil(math.log2(max(4, len(weights))))
    slots, total = 2**index_bits, 0.0
    for weight in weights:
        total += weight
    shares = [weight / total * slots for weight in weights] + [0.0] * (slots - len(weights))
    aliases = list(range(slots))
    small = [slot for slot in range(slots) if shares[slot] < 1]
    large = [slot for slot in range(slots) if shares[slot] >= 1]
    while small and large:
        at, to = small.pop(), large[-1]
        aliases[at] = to
        shares[to] -= 1 - shares[at]
        if shares[to] < 1:
            small.append(large.pop())
    for slot in small + large:
        shares[slot] = 1
    thresholds = [math.floor(share * 2 ** (32 - index_bits) + 0.5) for share in shares]
    return index_bits, np.array(thresholds), np.array(aliases), np.array(buckets)


def ranks_of(words, column):
    cardinality = column["cardinality"]
    first, second = words[0::2].astype(np.int64), words[1::2].astype(np.int64)
    if column.get("distribution") != "zipf":
        return first * cardinality >> 32
    bits, thresholds, aliases, buckets = zipf_table(cardinality, column["exponent"])
    slots = first >> (32 - bits)
    own = first % 2 ** (32 - bits) < thresholds[slots]
    bucket = buckets[np.where(own, slots, aliases[slots])]
    return bucket[:, 0] + (second * bucket[:, 1] >> 32)


BITS = dict(bool=1, int8=8, uint8=8, int16=16, uint16=16, float16=10, float32=23, list=23)


def scramble(rank, bits, key):
    mask, half = 2**bits - 1, max(1, bits // 2)
    x = (rank + key[0]) & mask
    x ^= x >> half
    x = x * (key[1] | 1) & mask
    x ^= x >> half
    x = x * (key[2] | 1) & mask
    return x ^ x >> half


def following(word, key):
    x = (word + key[3]) % 2**32
    x = (x ^ x >> 16) * 0x85EBCA6B % 2**32
    x = (x ^ x >> 13) * 0xC2B2AE35 % 2**32
    return x ^ x >> 16


def word_of(rank, dtype, size, key):
    """Returns one value of the vocabulary."""
    if dtype in ("string", "binary"):
        length = 12 if dtype == "string" and size == 1 else size
        word = scramble(rank, min(32, 8 * length) if dtype == "binary" else 32, key)
        data = b""
        while len(data) < length:
            data += word.to_bytes(4, "little")
            word = following(word, key)
        data = data[:length]
        return "".join(chr(32 + b * 95 // 256) for b in data) if dtype == "string" else data
    x = scramble(rank, BITS.get(dtype, 32), key)
    if dtype == "bool":
        return bool(x)
    if dtype == "float16":
        return np.array(x | 0x3C00, "<u2").view("<f2").item()
    if dtype in ("float32", "list"):
        return np.array(x | 0x3F800000, "<u4").view("<f4").item()
    if dtype == "float64":
        return np.array((following(x, key) >> 12 | 0x3FF00000) << 32 | x, "<u8").view("<f8").item()
    if dtype in ("int64", "uint64"):
        return np.array(following(x, key) << 32 | x, "<u8").view(dtype).item()
    return int(np.array(x, "u8").astype(dtype))


def derive(column, seed, file_index, row_group, index, rows):
    dtype, size = column["dtype"], column["size"]
    count = rows if dtype in ("string", "binary") else rows * size
    raw_of = lambda length: stream(seed, file_index, row_group, index, length)
    if "cardinality" not in column:
        values = uniform(dtype, size, raw_of, count)
        values = values if isinstance(values, list) else values.tolist()
    else:
        digest = hashlib.sha256(f"mlps dataset seed {seed} column {index}".encode()).digest()
        key = struct.unpack("<4I", digest[:16])
        words = {}
        ranks = ranks_of(np.frombuffer(raw_of(count * 8), "<u4"), column).tolist()
        for rank in ranks:
            if rank not in words:
                words[rank] = word_of(rank, dtype, size, key)
        values = [words[rank] for rank in ranks]
    if dtype == "list" or (size > 1 and dtype not in ("string", "binary")):
        return [values[at : at + size] for at in range(0, count, size)]
    return values


def main():
    """Arguments: JSON of {seed, fileIndex, columns, files: [{path, codec, dictionary}]}. Prints the values compared."""
    task = json.loads(sys.argv[1])
    derived, compared = {}, 0
    for wanted in task["files"]:
        file = pq.ParquetFile(wanted["path"])
        assert not any(field.nullable for field in file.schema_arrow), "nullable"
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            chunks = file.metadata.row_group(group)
            assert chunks.column(0).compression == wanted["codec"], chunks.column(0).compression
            for index, column in enumerate(task["columns"]):
                place = (group, index, table.num_rows)
                if place not in derived:
                    derived[place] = derive(column, task["seed"], task["fileIndex"], *place)
                got = table.column(index).to_pylist()
                assert got == derived[place], (wanted["path"], column, group)
                has_dictionary = "RLE_DICTIONARY" in chunks.column(index).encodings
                assert has_dictionary == (wanted["dictionary"] and column["dtype"] != "bool"), (column, has_dictionary)
                compared += len(got)
    print(compared)


if __name__ == "__main__":
    main()
