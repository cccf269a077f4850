"""Reads Parquet files on request (parquet_child.ts) by pyarrow, in one thread; with arguments, writes some instead:

write SOURCE TARGET ROW_GROUP_SIZE  the rows of another file, nullable, by pyarrow's defaults
"""

import json
import sys
import time

import pyarrow
import pyarrow.parquet as pq


def read(request, open_files):
    """Returns what parquet_child.ts calls a ReadAnswer."""
    elapsed_ns = rows = 0
    for path in request["paths"]:
        if not request["opens_in_time"] and path not in open_files:
            open_files[path] = pq.ParquetFile(path)
        begin_ns = time.perf_counter_ns()
        for _ in range(request["passes"]):
            file = pq.ParquetFile(path) if request["opens_in_time"] else open_files[path]
            for row_group in range(file.num_row_groups):
                table = file.read_row_group(row_group, columns=request["columns"], use_threads=False)
                rows += table.num_rows
                del table
        elapsed_ns += time.perf_counter_ns() - begin_ns
    return {"elapsed_ns": elapsed_ns, "rows": rows}


def write(source, target, row_group_size):
    table = pq.read_table(source)
    fields = [field.with_nullable(True) for field in table.schema]
    table = pyarrow.table(table.columns, schema=pyarrow.schema(fields))
    pq.write_table(table, target, row_group_size=int(row_group_size))


if sys.argv[1:2] == ["write"]:
    write(*sys.argv[2:])
else:
    open_files = {}
    for line in sys.stdin:
        print(json.dumps(read(json.loads(line), open_files)), flush=True)
