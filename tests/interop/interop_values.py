"""The values of the read matrix and how Parquet stores them, derived without any Parquet library."""

import decimal
import json
import struct

import numpy as np
import pyarrow as pa

ROWS = 500
PRESENCES = ["required", "present", "nulls"]


class Source:
    """Values by kind: a run-rich third, a third of few values, a third that is all different."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def pick(self, vocabulary, unique):
        """Returns ROWS values; `vocabulary` is short, `unique` has a value for each row."""
        values = []
        while len(values) < ROWS // 3:
            values += [vocabulary[self.random.integers(len(vocabulary))]] * int(self.random.integers(1, 40))
        values = values[: ROWS // 3]
        while len(values) < 2 * ROWS // 3:
            values.append(vocabulary[self.random.integers(len(vocabulary))])
        return values + unique[len(values) :]

    def integers(self, bits, signed):
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        dtype = f"{'' if signed else 'u'}int{bits}"
        unique = [int(value) for value in self.random.integers(low, high, ROWS, dtype=dtype, endpoint=True)]
        return self.pick([low, high, 0, 1] + unique[:30], unique)

    def naturals(self, limit):
        unique = [int(value) for value in self.random.integers(0, limit, ROWS)]
        return self.pick([0, limit] + unique[:30], unique)

    def floats(self, dtype):
        unique = self.random.normal(0, 100, ROWS).astype(dtype)
        special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], dtype)
        smallest = np.array([np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max], dtype)
        return self.pick([*special, *smallest, *unique[:20]], list(unique))

    def texts(self):
        unique = [f"row {row} " + "grün 水 " * int(self.random.integers(0, 6)) for row in range(ROWS)]
        return self.pick(["", "a", "naïve", "x" * 300] + unique[:20], unique)

    def blobs(self, size=None):
        lengths = self.random.integers(0, 90, ROWS) if size is None else [size] * ROWS
        unique = [self.random.bytes(int(length)) for length in lengths]
        return self.pick(unique[:25], unique)

    def booleans(self):
        return self.pick([True, False], [bool(bit) for bit in self.random.integers(0, 2, ROWS)])

    def decimals(self, precision, scale):
        unique = [
            decimal.Decimal(int.from_bytes(self.random.bytes(15), "big", signed=True) % 10**precision).scaleb(-scale)
            for _ in range(ROWS)
        ]
        return self.pick([decimal.Decimal(0), -unique[0]] + unique[:20], unique)


# Behind each kind: the Arrow type, the values of one column, and how Parquet stores one value that is not null.
def integer_kind(bits, signed):
    code = {32: "i", 64: "q"}[max(bits, 32)]
    return (
        getattr(pa, f"{'' if signed else 'u'}int{bits}")(),
        lambda source: source.integers(bits, signed),
        struct.Struct("<" + (code if signed else code.upper())).pack,
    )


def temporal_kind(arrow_type, limit):
    """Times and dates are the integers that Parquet stores: from 0 to `limit`, which keeps times within a day."""
    pack = struct.Struct("<i" if arrow_type.bit_width == 32 else "<q").pack
    return arrow_type, lambda source: source.naturals(limit), pack


def float_kind(name):
    dtype = np.dtype(name)
    return getattr(pa, name)(), lambda source: source.floats(dtype), lambda value: np.array(value, dtype).tobytes()


KINDS = {
    "bool": (pa.bool_(), Source.booleans, lambda value: bytes([value])),
    **{f"int{bits}": integer_kind(bits, True) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": integer_kind(bits, False) for bits in (8, 16, 32, 64)},
    "float16": float_kind("float16"),
    "float32": float_kind("float32"),
    "float64": float_kind("float64"),
    "string": (pa.string(), Source.texts, str.encode),
    "large_string": (pa.large_string(), Source.texts, str.encode),
    "binary": (pa.binary(), Source.blobs, bytes),
    "fixed1": (pa.binary(1), lambda source: source.blobs(1), bytes),
    "fixed7": (pa.binary(7), lambda source: source.blobs(7), bytes),
    "fixed16": (pa.binary(16), lambda source: source.blobs(16), bytes),
    "date": temporal_kind(pa.date32(), 100_000),
    "time_ms": temporal_kind(pa.time32("ms"), 86_399_999),
    "time_us": temporal_kind(pa.time64("us"), 86_399_999_999),
    "timestamp_ms": temporal_kind(pa.timestamp("ms"), 2**41),
    "timestamp_ns": temporal_kind(pa.timestamp("ns", tz="UTC"), 2**60),
    "duration": temporal_kind(pa.duration("us"), 2**50),
    "decimal": (
        pa.decimal128(38, 5),
        lambda source: source.decimals(30, 5),
        lambda value: int(value.scaleb(5)).to_bytes(16, "big", signed=True),
    ),
}
decimal.getcontext().prec = 60


def make_array(arrow_type, values):
    """Returns an Arrow array; times and dates are given as the integers that Parquet stores."""
    if pa.types.is_temporal(arrow_type):
        width = pa.int32() if arrow_type.bit_width == 32 else pa.int64()
        return pa.array(values, width).view(arrow_type)
    return pa.array(values, arrow_type)


def with_nulls(values, source, presence):
    if presence != "nulls":
        return values
    missing = source.random.random(len(values)) < 0.3
    missing[50:130] = True  # a page of nothing but nulls
    missing[200:260] = False
    return [None if gone else value for gone, value in zip(missing, values)]


class Column:
    """A column of the matrix: its Arrow field and array, and the leaves that Parquet makes of it."""

    def __init__(self, name, arrow_type, presence, array, leaves):
        self.field = pa.field(name, arrow_type, nullable=presence != "required")
        self.array = array
        self.leaves = leaves


def flat_leaf(values, pack):
    return {"values": [None if value is None else pack(value) for value in values]}


def list_leaf(rows, pack):
    """`counts` has the values of each row, -1 where the list itself is null."""
    return {
        "counts": [-1 if row is None else len(row) for row in rows],
        "values": [None if value is None else pack(value) for row in rows if row is not None for value in row],
    }


def flat_column(kind, presence, seed=1):
    arrow_type, make, pack = KINDS[kind]
    source = Source(seed)
    values = with_nulls(make(source), source, presence)
    return Column(kind, arrow_type, presence, make_array(arrow_type, values), [flat_leaf(values, pack)])


def list_rows(source, kind, lengths):
    values = []
    for _ in range(sum(lengths) // ROWS + 1):
        values += KINDS[kind][1](source)
    rows, at = [], 0
    for length in lengths:
        rows.append(values[at : at + length])
        at += length
    return rows


def list_column(name, kind, presence, lengths, seed=2):
    """A list of `kind`; with nulls there are null lists, empty lists and null elements."""
    source = Source(seed)
    arrow_type, _, pack = KINDS[kind]
    rows = list_rows(source, kind, lengths(source))
    nullable = presence != "required"
    if presence == "nulls":
        rows = [[None if source.random.random() < 0.2 else value for value in row] for row in rows]
        rows = with_nulls(rows, source, presence)
    list_type = pa.list_(pa.field("element", arrow_type, nullable=nullable))
    return Column(name, list_type, presence, pa.array(rows, list_type), [list_leaf(rows, pack)])


def constant(length):
    return lambda source: [length] * ROWS


def varying(source):
    return [int(length) for length in source.random.integers(0, 9, ROWS)]


LISTS = {
    "list_constant_float32": ("float32", constant(4)),
    "list_constant_uint8": ("uint8", constant(33)),
    "list_one_int64": ("int64", constant(1)),
    "list_varying_int32": ("int32", varying),
    "list_varying_float64": ("float64", varying),
    "list_varying_bool": ("bool", varying),
    "list_constant_string": ("string", constant(2)),
    "list_varying_string": ("string", varying),
    "list_empty_int16": ("int16", constant(0)),
}


def list_columns(presence):
    return [list_column(name, kind, presence, lengths) for name, (kind, lengths) in LISTS.items()]


def nested_columns(presence):
    """Structs, lists of lists, lists of structs, maps. Of deep lists only the values are told, row by row."""
    nullable = presence != "required"
    first, second = flat_column("int32", presence, 5), flat_column("string", presence, 6)
    struct_type = pa.struct([pa.field("a", pa.int32(), nullable), pa.field("b", pa.string(), nullable)])
    rows = [{"a": a, "b": b} for a, b in zip(first.array.to_pylist(), second.array.to_pylist())]
    columns = [Column("struct", struct_type, presence, pa.array(rows, struct_type), first.leaves + second.leaves)]

    source = Source(7)
    inner = list_rows(source, "int32", varying(source))
    deep = [[inner[row], [], inner[(row * 7) % ROWS]] for row in range(ROWS)]
    deep_type = pa.list_(pa.field("element", pa.list_(pa.field("element", pa.int32(), nullable)), nullable))
    pack = KINDS["int32"][2]
    flattened = {"values": [pack(value) for row in deep for part in row for value in part], "deep": True}
    columns.append(Column("deep", deep_type, presence, pa.array(deep, deep_type), [flattened]))

    keys = [[row, -row - 1, row + ROWS] for row in range(ROWS)]  # DuckDB wants them to differ
    texts = list_rows(source, "string", constant(3)(source))
    map_type = pa.map_(pa.field("key", pa.int32(), False), pa.field("value", pa.string(), nullable))
    entries = [list(zip(row, words)) for row, words in zip(keys, texts)]
    leaves = [list_leaf(keys, pack), list_leaf(texts, str.encode)]
    columns.append(Column("map", map_type, presence, pa.array(entries, map_type), leaves))
    return columns


def table_of(columns):
    return pa.table([column.array for column in columns], schema=pa.schema([column.field for column in columns]))


class ExpectedValues:
    """Gathers what the files have to hold, as one binary file and an index of it."""

    def __init__(self, folder):
        self.folder = folder
        self.data = bytearray()
        self.tables = {}
        self.files = []
        self.skipped = {}

    def part(self, content):
        start = len(self.data)
        self.data += content
        return [start, len(self.data)]

    def add_leaf(self, leaf):
        present = [value for value in leaf["values"] if value is not None]
        index = {
            "validity": self.part(bytes(value is not None for value in leaf["values"])),
            "lengths": self.part(np.array([len(value) for value in present], "<i4").tobytes()),
            "bytes": self.part(b"".join(present)),
            "deep": leaf.get("deep", False),
        }
        if "counts" in leaf:
            index["counts"] = self.part(np.array(leaf["counts"], "<i4").tobytes())
        return index

    def add_table(self, name, columns):
        self.tables[name] = {
            "rows": len(columns[0].array),
            "leaves": [
                {"name": column.field.name, **self.add_leaf(leaf)} for column in columns for leaf in column.leaves
            ],
        }

    def add_file(self, name, table, columns=None):
        """`columns` are the leaves of the table that the file has, by default all."""
        self.files.append({"name": name, "table": table, "columns": columns})

    def skip(self, writer, what, reason):
        lines = str(reason).strip().splitlines() or [repr(reason)]
        self.skipped.setdefault(f"{writer}: {lines[0][:160]}", []).append(what)

    def save(self):
        with open(f"{self.folder}/values.bin", "wb") as file:
            file.write(self.data)
        with open(f"{self.folder}/index.json", "w") as file:
            json.dump({"tables": self.tables, "files": self.files, "skipped": self.skipped}, file)
