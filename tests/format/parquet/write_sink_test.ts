import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WriteSink } from "../../../lib/format/parquet/write_sink.ts";
import { withFolder } from "../../helpers/datasets.ts";
import { randomNumbers } from "./read_file.ts";

function beginSink(fd: number, path: string): WriteSink {
  const sink = new WriteSink();
  sink.begin(fd, path);
  return sink;
}

/** Appends pieces of many sizes in each of the three ways; returns what the file must hold. */
function appendPieces(sink: WriteSink, numPieces: number): Uint8Array {
  const random = randomNumbers(5), all: Uint8Array[] = [];
  for (let piece = 0; piece < numPieces; piece++) {
    const length = random() % 3 === 0 ? random() % 400_000 : random() % 5000;
    const bytes = new Uint8Array(length).fill(piece);
    all.push(bytes.slice());
    const way = random() % 3;
    if (way === 0) sink.small.appendBytes(bytes);
    else if (way === 1) sink.append(bytes);
    else {
      sink.appendCopy(bytes);
      bytes.fill(255); // it may change after the call
    }
    assert.equal(sink.fileBytes, all.reduce((sum, { length }) => sum + length, 0));
  }
  return Buffer.concat(all);
}

test("flush() writes all that was appended, in order, whether it was copied or not", () => {
  withFolder((folder) => {
    const path = join(folder, "file"), fd = fs.openSync(path, "wx");
    const sink = beginSink(fd, path), wanted = appendPieces(sink, 200);
    sink.flush();
    fs.closeSync(fd);
    assert.ok(fs.readFileSync(path).equals(wanted));
  });
});

test("begin() drops what waits for the file before, whose bytes stay as they were written", () => {
  withFolder((folder) => {
    const [a, b] = ["a", "b"].map((name) => join(folder, name)).map((path) => ({
      path,
      fd: fs.openSync(path, "wx"),
    }));
    const sink = beginSink(a.fd, a.path), written = appendPieces(sink, 30);
    sink.flush();
    sink.append(new Uint8Array(5000).fill(1));
    sink.small.appendUint32(1);
    sink.begin(b.fd, b.path);
    assert.equal(sink.fileBytes, 0);
    const wanted = appendPieces(sink, 30);
    sink.finish();
    fs.closeSync(a.fd);
    fs.closeSync(b.fd);
    assert.ok(fs.readFileSync(a.path).equals(written));
    assert.ok(fs.readFileSync(b.path).equals(wanted));
  });
});

test("flush() goes on where a system call wrote a part only", () => {
  withFolder((folder) => {
    const path = join(folder, "file"), fd = fs.openSync(path, "wx");
    const { writevSync } = fs;
    let calls = 0;
    fs.writevSync = (file, pieces) => {
      const all = Buffer.concat(pieces as Uint8Array[]);
      return fs.writeSync(file, all, 0, Math.max(1, Math.floor(all.length / (1 + ++calls % 4))));
    };
    try {
      const sink = beginSink(fd, path), wanted = appendPieces(sink, 50);
      sink.flush();
      assert.ok(fs.readFileSync(path).equals(wanted));
    } finally {
      fs.writevSync = writevSync;
      fs.closeSync(fd);
    }
  });
});
