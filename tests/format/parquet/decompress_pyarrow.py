"""Decompresses pages by pyarrow. Reads from stdin, for each page: a line of JSON with the codec, the size of the page and
the size of its compressed bytes, then these; writes the pages one behind the other to stdout."""

import json
import sys

import pyarrow

while line := sys.stdin.buffer.readline():
    page = json.loads(line)
    stored = sys.stdin.buffer.read(page["stored_bytes"])
    decompressed = pyarrow.Codec(page["codec"]).decompress(stored, page["page_bytes"])
    sys.stdout.buffer.write(decompressed)
