# Writes datasets as pyarrow's users do, for tests/e2e/foreign_dataset_test.ts. Argument: the folder they go to.
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 4096


def table(file_index, nullable):
    """Columns a, c and d are those that the small workload reads; `label` is one that it does not know."""
    columns = {
        "label": (pa.string(), [f"label {row % 7}" for row in range(ROWS)]),
        "a": (pa.float32(), [float(row % 100) for row in range(ROWS)]),
        "c": (pa.float64(), [row + file_index / 10 for row in range(ROWS)]),
        "d": (pa.int8(), [row % 128 for row in range(ROWS)]),
    }
    schema = pa.schema([pa.field(name, kind, nullable=nullable) for name, (kind, _) in columns.items()])
    return pa.table([pa.array(values, kind) for kind, values in columns.values()], schema=schema)


def write(folder, name, file_index, nullable, **options):
    os.makedirs(folder, exist_ok=True)
    pq.write_table(table(file_index, nullable), os.path.join(folder, name), **options)


target = sys.argv[1]
for index in range(3):
    # As Spark names its files: no folder `train`, a marker, row groups of another size in each file.
    name = f"part-{index:05d}-c0ffee00-0000-4000-8000-000000000000-c000.snappy.parquet"
    write(os.path.join(target, "defaults"), name, index, True, row_group_size=[ROWS, 1000, 300][index])
    # As quick to decode as our own: required, PLAIN.
    options = dict(compression="none", use_dictionary=False, row_group_size=512)
    write(os.path.join(target, "plain", "train"), f"img_{index}_of_3.parquet", index, False, **options)
for name in ["_SUCCESS", "._SUCCESS.crc", "notes.txt"]:
    open(os.path.join(target, "defaults", name), "w").close()
