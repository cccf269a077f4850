"""Compares what fastparquet and pandas find in a DLRM file of mlps with what the seed says must be there.

Arguments: the file, and JSON with its columns, seed and rows. Prints the differences as a JSON list.
"""

import json
import os
import sys

import fastparquet
import numpy as np
import pandas as pd

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../format/parquet"))
from derive_values import derive  # noqa: E402


def bytes_of(series, dtype):
    """Returns the values as bytes; fastparquet does not know float16 and gives the two bytes of each value."""
    if series.dtype == object:
        return b"".join(series)
    return series.to_numpy().astype(dtype).tobytes()


def main():
    path, task = sys.argv[1], json.loads(sys.argv[2])
    readers = {
        "fastparquet": fastparquet.ParquetFile(path).to_pandas(),
        "pandas": pd.read_parquet(path, engine="pyarrow"),
    }
    names = [column["name"] for column in task["columns"]]
    differences = [
        f"{reader}: other columns or rows: {frame.shape}"
        for reader, frame in readers.items()
        if list(frame.columns) != names or len(frame) != task["rows"]
    ]
    for index, column in enumerate(task["columns"]):
        values = []
        for group, start in enumerate(range(0, task["rows"], task["rowGroupRows"])):
            rows = min(task["rowGroupRows"], task["rows"] - start)
            values += derive(column, task["seed"], 0, group, index, rows)
        wanted = np.array(values, column["dtype"]).tobytes()
        differences += [
            f"{reader}: {column}" for reader, frame in readers.items()
            if bytes_of(frame[column["name"]], column["dtype"]) != wanted
        ]
    print(json.dumps(differences))


main()
