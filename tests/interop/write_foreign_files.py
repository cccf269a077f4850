"""Writes the files of the read matrix as pyarrow, DuckDB and Polars write them, and the values that they hold.

Argument: the folder for the files. What a writer cannot write is noted with its reason, for the test to print.
"""

import itertools
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from interop_values import (
    KINDS,
    LISTS,
    PRESENCES,
    ROWS,
    ExpectedValues,
    flat_column,
    list_columns,
    nested_columns,
    table_of,
)

CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]
VERSIONS = ["1.0", "2.0"]
ENCODINGS = [
    "PLAIN",
    "dictionary",
    "RLE",
    "DELTA_BINARY_PACKED",
    "DELTA_LENGTH_BYTE_ARRAY",
    "DELTA_BYTE_ARRAY",
    "BYTE_STREAM_SPLIT",
]
ROW_GROUP_ROWS = 300
# Several pages a chunk: pyarrow looks at a page's size after each batch of rows.
SMALL_PAGES = {"data_page_size": 200, "write_batch_size": 45}


def encoding_options(encoding, paths):
    if encoding == "dictionary":
        return {"use_dictionary": True}
    if encoding == "PLAIN":
        return {"use_dictionary": False}
    return {"use_dictionary": False, "column_encoding": {path: encoding for path in paths}}


def leaf_path(column):
    return f"{column.field.name}.list.element" if pa.types.is_list(column.field.type) else column.field.name


def write_pyarrow(expected, name, table_name, table, **options):
    options = {"row_group_size": ROW_GROUP_ROWS, **options}
    pq.write_table(table, f"{expected.folder}/{name}", **options)
    expected.add_file(name, table_name)


def columns_by_encoding(expected, columns):
    """Returns for each encoding the columns that pyarrow writes in it; it refuses the rest."""
    table, found = table_of(columns), {}
    for encoding in ENCODINGS:
        found[encoding] = []
        for column in columns:
            options = encoding_options(encoding, [leaf_path(column)])
            try:
                pq.write_table(table.select([column.field.name]), pa.BufferOutputStream(), **options)
                found[encoding].append(column)
            except Exception as refusal:
                expected.skip(f"pyarrow, {encoding}", column.field.name, refusal)
    return found


def pyarrow_matrix(expected):
    supported = None
    for presence in PRESENCES:
        columns = [flat_column(kind, presence) for kind in KINDS] + list_columns(presence)
        if supported is None:
            found = columns_by_encoding(expected, columns)
            supported = {encoding: [column.field.name for column in found[encoding]] for encoding in ENCODINGS}
        for encoding in ENCODINGS:
            part = [column for column in columns if column.field.name in supported[encoding]]
            table, table_name = table_of(part), f"{encoding}-{presence}"
            expected.add_table(table_name, part)
            for codec, version in itertools.product(CODECS, VERSIONS):
                options = encoding_options(encoding, [leaf_path(column) for column in part])
                name = f"pyarrow-{encoding}-{presence}-{codec}-{version}.parquet"
                options = {**options, "compression": codec, "data_page_version": version, **SMALL_PAGES}
                write_pyarrow(expected, name, table_name, table, **options)


def pyarrow_specials(expected):
    columns = [flat_column(kind, "nulls") for kind in KINDS] + list_columns("nulls") + nested_columns("nulls")
    expected.add_table("all", columns)
    table = table_of(columns)
    plain_columns = [flat_column(kind, "required") for kind in KINDS] + list_columns("required")
    plain_columns += nested_columns("required")
    expected.add_table("all-required", plain_columns)
    required = table_of(plain_columns)
    for name, options in {
        "defaults": {"row_group_size": None},
        # The dictionary is given up in the midst of a chunk: the pages behind it are PLAIN.
        "fallback": {"dictionary_pagesize_limit": 400, **SMALL_PAGES},
        "fallback-2.0-zstd": {
            "dictionary_pagesize_limit": 400,
            "data_page_version": "2.0",
            "compression": "zstd",
            **SMALL_PAGES,
        },
        "page-index": {"write_page_index": True, "write_page_checksum": True, "write_batch_size": 45},
        "bare": {"write_statistics": False, "store_schema": False, "compression": "gzip", "compression_level": 9},
        "spark": {"flavor": "spark", "use_deprecated_int96_timestamps": False, "use_compliant_nested_type": False},
        "one-row-groups": {"row_group_size": 1},
        "large-pages": {"compression": "lz4", "use_dictionary": ["string", "int64"]},
    }.items():
        for table_name, content in [("all", table), ("all-required", required)]:
            write_pyarrow(expected, f"pyarrow-{name}-{table_name}.parquet", table_name, content, **options)
    old_formats(expected)
    empty_row_groups(expected, required, "all-required")
    int96_timestamps(expected)
    nothing_but_nulls(expected)
    categories(expected)


def old_formats(expected):
    """The first versions of the format have no nanoseconds, and store uint32 as INT64."""
    columns = [flat_column(kind, "nulls") for kind in KINDS if kind not in ("timestamp_ns", "uint32", "float16")]
    expected.add_table("old", columns)
    for version in ["1.0", "2.4"]:
        write_pyarrow(expected, f"pyarrow-format-{version}.parquet", "old", table_of(columns), version=version)


def empty_row_groups(expected, table, table_name):
    """Row groups without rows before, between and behind others, and a file without any."""
    name = "pyarrow-empty-row-groups.parquet"
    with pq.ParquetWriter(f"{expected.folder}/{name}", table.schema) as writer:
        for start, rows in [(0, 0), (0, 200), (200, 0), (200, 300), (500, 0)]:
            writer.write_table(table.slice(start, rows), row_group_size=1000)
    expected.add_file(name, table_name)
    expected.add_table("empty", [column for column in map(empty_column, list(KINDS))])
    none = table.select(list(KINDS)).slice(0, 0)
    pq.write_table(none, f"{expected.folder}/pyarrow-no-rows.parquet")
    expected.add_file("pyarrow-no-rows.parquet", "empty")


def empty_column(kind):
    column = flat_column(kind, "required")
    column.array = column.array.slice(0, 0)
    column.leaves = [{"values": []}]
    return column


def int96_timestamps(expected):
    """INT96: nanoseconds of the day as 8 bytes, then the Julian day as 4."""
    column = flat_column("timestamp_ns", "nulls")
    nanoseconds = column.array.cast(pa.int64()).to_pylist()
    day = 86_400 * 10**9
    column.leaves = [{
        "values": [
            None if value is None else (value % day).to_bytes(8, "little") + (value // day + 2_440_588).to_bytes(4, "little")
            for value in nanoseconds
        ],
    }]
    expected.add_table("int96", [column])
    for dictionary in [False, True]:
        name = f"pyarrow-int96-{dictionary}.parquet"
        options = {"use_deprecated_int96_timestamps": True, "use_dictionary": dictionary}
        write_pyarrow(expected, name, "int96", table_of([column]), **options)


def nothing_but_nulls(expected):
    columns = []
    for kind in ["int32", "float64", "string", "bool"]:
        column = flat_column(kind, "nulls")
        column.array = pa.nulls(ROWS, column.field.type)
        column.leaves = [{"values": [None] * ROWS}]
        columns.append(column)
    expected.add_table("nulls", columns)
    for version, dictionary in itertools.product(VERSIONS, [False, True]):
        name = f"pyarrow-nothing-but-nulls-{version}-{dictionary}.parquet"
        options = {"data_page_version": version, "use_dictionary": dictionary}
        write_pyarrow(expected, name, "nulls", table_of(columns), **options)


def categories(expected):
    """Arrow's own dictionary arrays, which pyarrow writes without decoding them."""
    column = flat_column("string", "nulls")
    expected.add_table("categories", [column])
    table = pa.table({"string": column.array.dictionary_encode()})
    write_pyarrow(expected, "pyarrow-categories.parquet", "categories", table)


DUCKDB_KINDS = [
    *["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"],
    *["string", "binary", "date", "time_us", "decimal"],
]
DUCKDB_CODECS = ["uncompressed", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli"]


def duckdb_files(expected):
    """DuckDB has no required columns, float16, fixed binary or milliseconds."""
    for kind in KINDS.keys() - DUCKDB_KINDS:
        expected.skip("DuckDB", kind, "it has no such type")
    connection = duckdb.connect(config={"threads": 1})
    for presence in ["present", "nulls"]:
        columns = [flat_column(kind, presence) for kind in DUCKDB_KINDS] + list_columns(presence)
        columns += nested_columns(presence)
        table_name = f"duckdb-{presence}"
        expected.add_table(table_name, columns)
        connection.register("content", table_of(columns))
        for codec, version in itertools.product(DUCKDB_CODECS, ["V1", "V2"]):
            name = f"duckdb-{presence}-{codec}-{version}.parquet"
            copy_duckdb(expected, connection, name, table_name, f"CODEC {codec}, PARQUET_VERSION {version}")
        for label, options in {
            "defaults": "",
            "no-dictionary": "DICTIONARY_SIZE_LIMIT 1, PARQUET_VERSION V2",
            "small-dictionary": "STRING_DICTIONARY_PAGE_SIZE_LIMIT 1000, ROW_GROUP_SIZE 122",
        }.items():
            copy_duckdb(expected, connection, f"duckdb-{presence}-{label}.parquet", table_name, options)


def copy_duckdb(expected, connection, name, table_name, options):
    target = f"COPY content TO '{expected.folder}/{name}' (FORMAT parquet{', ' if options else ''}{options})"
    try:
        connection.execute(target)
        expected.add_file(name, table_name)
    except duckdb.Error as refusal:
        expected.skip("DuckDB", name, refusal)


POLARS_KINDS = [kind for kind in KINDS if kind not in ("fixed1", "fixed7", "fixed16", "decimal", "time_ms", "time_us")]


def polars_files(expected):
    """Polars has nullable columns alone, binary without a fixed length, and times in nanoseconds."""
    for kind in KINDS.keys() - POLARS_KINDS:
        expected.skip("Polars", kind, "it stores another type")
    for presence in ["present", "nulls"]:
        columns = [flat_column(kind, presence) for kind in POLARS_KINDS] + list_columns(presence)
        columns += nested_columns(presence)[:2]
        expected.add_table(f"polars-{presence}", columns)
        frame = pl.from_arrow(table_of(columns))
        for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4", "brotli"]:
            name = f"polars-{presence}-{codec}.parquet"
            try:
                frame.write_parquet(
                    f"{expected.folder}/{name}", compression=codec, row_group_size=ROW_GROUP_ROWS, data_page_size=500
                )
                expected.add_file(name, f"polars-{presence}")
            except Exception as refusal:
                expected.skip("Polars", name, refusal)


if __name__ == "__main__":
    expected = ExpectedValues(sys.argv[1])
    pyarrow_matrix(expected)
    pyarrow_specials(expected)
    duckdb_files(expected)
    polars_files(expected)
    expected.save()
