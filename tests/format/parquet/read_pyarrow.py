"""Writes Parquet files in the ways that pyarrow knows, and their values as JSON: argv[1] is the folder."""

import itertools
import json
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 3000
random.seed(1)


def column(make, null_share=0.0):
    return [None if random.random() < null_share else make() for _ in range(ROWS)]


def integer():
    return random.randrange(-(2**31), 2**31)


required = pa.schema(
    [
        pa.field("f4", pa.float32(), nullable=False),
        pa.field("f8", pa.float64(), nullable=False),
        pa.field("i4", pa.int32(), nullable=False),
        pa.field("i8", pa.int64(), nullable=False),
        pa.field("u1", pa.uint8(), nullable=False),
        pa.field("few", pa.int32(), nullable=False),
    ]
)
optional = pa.schema(
    [
        pa.field("f8", pa.float64()),
        pa.field("i4", pa.int32()),
        pa.field("few", pa.int64()),
        pa.field("text", pa.string()),
        pa.field("flag", pa.bool_()),
        pa.field("none", pa.int32()),
        pa.field("list", pa.list_(pa.int32())),
    ]
)
tables = {
    "required": pa.table(
        {
            "f4": pa.array(column(random.random), pa.float32()),
            "f8": column(random.random),
            "i4": pa.array(column(integer), pa.int32()),
            "i8": column(lambda: integer() * 1000),
            "u1": pa.array(column(lambda: random.randrange(256)), pa.uint8()),
            "few": pa.array(column(lambda: random.randrange(7)), pa.int32()),
        },
        schema=required,
    ),
    "optional": pa.table(
        {
            "f8": column(random.random, 0.1),
            "i4": pa.array(column(integer, 0.5), pa.int32()),
            "few": column(lambda: random.randrange(7), 0.2),
            "text": column(lambda: f"word {random.randrange(500)} ü", 0.1),
            "flag": column(lambda: random.random() < 0.5, 0.1),
            "none": pa.array([None] * ROWS, pa.int32()),
            "list": pa.array(column(lambda: [integer() for _ in range(random.randrange(4))]), pa.list_(pa.int32())),
        },
        schema=optional,
    ),
}

files = []


def write(name, table, **options):
    pq.write_table(tables[table], f"{sys.argv[1]}/{name}", row_group_size=1300, **options)
    files.append({"name": name, "table": table})


for table, version, codec, dictionary, page in itertools.product(
    tables, ["1.0", "2.0"], ["none", "snappy", "gzip", "zstd"], [False, True], [1 << 20, 1500]
):
    name = f"{table}-{version}-{codec}-{dictionary}-{page}.parquet"
    write(
        name,
        table,
        data_page_version=version,
        compression=codec,
        use_dictionary=dictionary,
        data_page_size=page,
        write_page_index=page == 1500,
    )
write("split.parquet", "required", use_dictionary=False, use_byte_stream_split=["f4", "f8"])
write("delta.parquet", "required", use_dictionary=False, column_encoding={"i4": "DELTA_BINARY_PACKED", "i8": "DELTA_BINARY_PACKED"})
write("delta-text.parquet", "optional", use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY", "i4": "DELTA_BINARY_PACKED"})
pq.write_table(tables["optional"].slice(0, 0), f"{sys.argv[1]}/empty.parquet")

values = {name: table.to_pydict() for name, table in tables.items()}
json.dump({"files": files, "values": values}, open(f"{sys.argv[1]}/values.json", "w"))
