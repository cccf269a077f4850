"""Writes small valid files for the mutation test, as pyarrow does. Argument: the folder for the files."""

import sys

import pyarrow.parquet as pq
from interop_values import LISTS, flat_column, list_column, table_of

ROWS = 120
KINDS = ["bool", "int32", "int64", "float32", "float64", "float16", "string", "fixed7"]
LIST_NAMES = ["list_constant_float32", "list_varying_int32", "list_varying_string", "list_varying_bool", "list_empty_int16"]
SMALL_PAGES = {"data_page_size": 100, "write_batch_size": 30}

FILES = {
    "defaults": ("nulls", KINDS, {}),
    "plain-none": ("nulls", KINDS, {"use_dictionary": False, "compression": "none"}),
    "plain-none-2.0": ("nulls", KINDS, {"use_dictionary": False, "compression": "none", "data_page_version": "2.0"}),
    "dictionary-none": ("nulls", KINDS, {"compression": "none"}),
    "dictionary-none-2.0": ("present", KINDS, {"compression": "none", "data_page_version": "2.0"}),
    "fallback-none": ("present", KINDS, {"compression": "none", "dictionary_pagesize_limit": 100}),
    "fallback-snappy-2.0": ("nulls", KINDS, {"dictionary_pagesize_limit": 100, "data_page_version": "2.0"}),
    "gzip": ("present", KINDS, {"compression": "gzip", "use_dictionary": False}),
    "zstd": ("nulls", KINDS, {"compression": "zstd"}),
    "lz4": ("present", KINDS, {"compression": "lz4", "use_dictionary": False}),
    "brotli": ("nulls", KINDS, {"compression": "brotli"}),
    "required-zstd": ("required", KINDS, {"compression": "zstd", "use_dictionary": False}),
    "required-lz4": ("required", KINDS, {"compression": "lz4"}),
    "lists-none": ("nulls", LIST_NAMES, {"compression": "none", "use_dictionary": False}),
    "lists-none-2.0": ("present", LIST_NAMES, {"compression": "none", "data_page_version": "2.0"}),
    "lists-required": ("required", LIST_NAMES, {"compression": "none", "use_dictionary": False}),
    "lists-snappy": ("nulls", LIST_NAMES, {}),
    "split": ("nulls", ["float32", "int64", "fixed7"], {"use_dictionary": False, "use_byte_stream_split": True}),
    "delta": (
        "nulls",
        ["int32", "int64", "string", "binary"],
        {
            "use_dictionary": False,
            "compression": "none",
            "column_encoding": {
                "int32": "DELTA_BINARY_PACKED",
                "int64": "DELTA_BINARY_PACKED",
                "string": "DELTA_BYTE_ARRAY",
                "binary": "DELTA_LENGTH_BYTE_ARRAY",
            },
        },
    ),
}


def column(name, presence):
    if name in LISTS:
        kind, lengths = LISTS[name]
        return list_column(name, kind, presence, lengths)
    return flat_column(name, presence)


for label, (presence, names, options) in FILES.items():
    # Rows 30 to 150 of the matrix: some values, a page of nulls, runs and changing values.
    table = table_of([column(name, presence) for name in names]).slice(30, ROWS)
    pq.write_table(
        table,
        f"{sys.argv[1]}/pyarrow-{label}.parquet",
        row_group_size=80,
        write_statistics=False,
        store_schema=False,
        **SMALL_PAGES,
        **options,
    )
