"""Compares what pyarrow, DuckDB and mlps's own reader find in files of mlps with what the seed says must be there.

Argument: a JSON file with the columns and the files, see write_matrix_test.ts. Prints the differences as a JSON list.
"""

import hashlib
import json
import os
import sys

import duckdb
import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../format/parquet"))
from derive_values import derive  # noqa: E402

PHYSICAL = {
    **{name: "<i4" for name in ("int8", "int16", "int32")},
    **{name: "<u4" for name in ("uint8", "uint16", "uint32")},
    **{"int64": "<i8", "uint64": "<u8", "float16": "<f2", "float32": "<f4", "list": "<f4", "float64": "<f8"},
    "bool": "u1",
}


def is_list(column):
    return column["dtype"] == "list" or (column["size"] > 1 and column["dtype"] not in ("string", "binary"))


def physical_bytes(column, values):
    """Returns values, of lists those of all rows, as Parquet stores them; strings without their lengths."""
    dtype = column["dtype"]
    flat = [value for row in values for value in row] if is_list(column) else values
    if dtype == "string":
        return "".join(flat).encode()
    if dtype == "binary":
        return b"".join(flat)
    return np.array(flat, PHYSICAL[dtype]).tobytes()


class Expected:
    """The values of the rows of a file, derived once for all files that hold the same."""

    def __init__(self, task):
        self.task = task
        self.known = {}

    def column(self, file, index):
        column = file["columns"][index]
        key = (json.dumps(column), index)
        if key not in self.known:
            rows, rows_left, values = self.task["rowGroupRows"], self.task["rows"], []
            for group in range(-(-rows_left // rows)):
                count = min(rows, rows_left - group * rows)
                values += derive(column, self.task["seed"], self.task["fileIndex"], group, index, count)
            digest = hashlib.sha256(physical_bytes(column, values)).hexdigest()
            self.known[key] = values, digest
        return self.known[key]


def compare(reader, found, wanted):
    if found == wanted:
        return []
    rows = [row for row, (a, b) in enumerate(zip(found, wanted)) if a != b]
    if not rows:
        return [f"{reader} finds {len(found)} rows, wanted {len(wanted)}"]
    row = rows[0]
    return [f"{reader} finds {str(found[row])[:60]} in row {row}, wanted {str(wanted[row])[:60]}, {len(rows)} rows differ"]


def check_metadata(file, metadata):
    """The file has to be of the codec, the encoding and the pages that it stands for."""
    chunks = metadata.row_group(0)
    for index, column in enumerate(file["columns"]):
        chunk = chunks.column(index)
        if chunk.compression != file["codec"]:
            yield f"{column['name']} is compressed by {chunk.compression}, wanted {file['codec']}"
        has_dictionary = "RLE_DICTIONARY" in chunk.encodings
        if has_dictionary != (file["encoding"] == "dictionary" and column["dtype"] != "bool"):
            yield f"{column['name']} has the encodings {chunk.encodings}, wanted {file['encoding']}"


def check_file(file, expected, connection):
    by_arrow = pq.ParquetFile(file["path"])
    table = by_arrow.read(use_threads=False)
    by_duckdb = connection.read_parquet(file["path"]).to_arrow_table()
    yield from check_metadata(file, by_arrow.metadata)
    for index, column in enumerate(file["columns"]):
        values, digest = expected.column(file, index)
        problems = compare("pyarrow", table.column(index).to_pylist(), values)
        problems += compare("DuckDB", by_duckdb.column(index).to_pylist(), values)
        if file["digests"][index] != digest:
            problems.append("mlps finds other values")
        yield from (f"{column['name']} ({column['dtype']} x {column['size']}): {problem}" for problem in problems)


def main():
    with open(sys.argv[1]) as source:
        task = json.load(source)
    expected, connection = Expected(task), duckdb.connect(config={"threads": 1})
    differences = []
    for file in task["files"]:
        try:
            differences += [f"{file['name']}: {problem}" for problem in check_file(file, expected, connection)]
        except Exception as failure:
            differences.append(f"{file['name']}: {type(failure).__name__}: {failure}")
    print(json.dumps(differences))


main()
