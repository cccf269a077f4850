import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { FileError } from "../../lib/base/errors.ts";
import { type Claim, CLAIM_EXTENT } from "../../lib/plan/extent_cursor.ts";
import { MAX_AHEAD, MAX_AHEAD_BYTES } from "../../lib/plan/in_flight.ts";
import type { RangeRules } from "../../lib/plan/read_ranges.ts";
import { PosixStorage } from "../../lib/storage/posix.ts";
import { UringStorage } from "../../lib/storage/uring_storage.ts";
import { type ChunkTable, chunkTableAt, chunkTableBytes } from "../../lib/format/parquet/chunk_table.ts";
import { ExtentReader } from "../../lib/worker/extent_reader.ts";
import { ExtentsAhead } from "../../lib/worker/extents_ahead.ts";
import { OpenFiles } from "../../lib/worker/open_files.ts";
import { withFolder } from "../helpers/datasets.ts";
import { uringTest } from "../helpers/uring.ts";

const NUM_COLUMNS = 5, NUM_ROW_GROUPS = 6, CHUNK_BYTES = 3000, GAP_BYTES = 500, NUM_FILES = 6;
const RULES: RangeRules = { gapBytes: 0, maxReadBytes: 2 ** 25, alignBytes: 1, pieceBytes: 100 };
const ROW_GROUP_BYTES = NUM_COLUMNS * (CHUNK_BYTES + GAP_BYTES);

function tableWith(chunkBytes: number): ChunkTable {
  const bytes = chunkTableBytes(NUM_ROW_GROUPS, NUM_COLUMNS);
  const table = chunkTableAt(new ArrayBuffer(bytes), 0, NUM_ROW_GROUPS, NUM_COLUMNS);
  for (let chunk = 0; chunk < NUM_ROW_GROUPS * NUM_COLUMNS; chunk++) {
    table.startByte[chunk] = chunk * (chunkBytes + GAP_BYTES);
    table.bytes[chunk] = chunkBytes;
  }
  return table;
}

interface Scene {
  readonly ahead: ExtentsAhead;
  readonly table: ChunkTable;
  readonly ring: UringStorage;
  readonly files: OpenFiles;
  readonly contents: readonly Buffer[];
  readonly pathOf: (file: number) => string;
}

/** Runs `use` with files of random bytes and a queue for their row groups. */
function withAhead({ depth }: { depth: number }, use: (scene: Scene) => void): void {
  withFolder((folder) => {
    const pathOf = (file: number) => join(folder, `${file}`);
    const contents = Array.from({ length: NUM_FILES }, (_, file) => {
      const content = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)));
      const whole = Buffer.concat([content, content]);
      fs.writeFileSync(pathOf(file), whole);
      return whole;
    });
    const table = tableWith(CHUNK_BYTES);
    const ring = new UringStorage({ direct: false, depth, numGroups: MAX_AHEAD, onRead: () => {} });
    const files = new OpenFiles(new PosixStorage({ direct: false }), pathOf);
    const ahead = new ExtentsAhead({ ring, depth, files, numColumns: NUM_COLUMNS, rules: RULES, table });
    use({ ahead, table, ring, files, contents, pathOf });
    ring.closeRing();
    files.closeAll();
  });
}

function claimOf(ordinal: number): Claim {
  const file = ordinal % NUM_FILES, rowGroup = Math.floor(ordinal / NUM_FILES) % NUM_ROW_GROUPS;
  const sampleStart = 100 * ordinal, sampleEnd = sampleStart + 100;
  return { kind: CLAIM_EXTENT, filePosition: file, file, rowGroup, ordinal, sampleStart, sampleEnd };
}

function submit({ ahead, table }: Scene, ordinal: number): void {
  const claim = claimOf(ordinal);
  assert.equal(ahead.plan(table, claim.rowGroup), true);
  ahead.submit(claim, ordinal);
}

uringTest("ExtentsAhead gives extents back in the order of submission, each with its own bytes", () => {
  for (const depth of [1, 3, NUM_COLUMNS, 64]) {
    withAhead({ depth }, (scene) => {
      const { ahead, table, contents } = scene, total = NUM_FILES * NUM_ROW_GROUPS;
      let submitted = 0;
      for (let taken = 0; taken < total; taken++) {
        // Queues of all lengths, more files under way than any number that could be mixed up.
        while (submitted < total && ahead.length < 1 + taken % MAX_AHEAD) submit(scene, submitted++);
        const { claim, place, ranges, buffer, returnedBytes, windowWaitNs, readNs } = ahead.take();
        assert.deepEqual(claim, claimOf(taken));
        assert.deepEqual([windowWaitNs, place.rowGroup], [taken, claim.rowGroup]);
        assert.equal(place.path.endsWith(`/${claim.file}`), true);
        assert.equal(returnedBytes, NUM_COLUMNS * CHUNK_BYTES);
        assert.ok(readNs > 0);
        for (let chunk = 0; chunk < NUM_COLUMNS; chunk++) {
          const start = table.startByte[claim.rowGroup * NUM_COLUMNS + chunk], at = ranges.chunkAt[chunk];
          const wanted = contents[claim.file].subarray(start, start + CHUNK_BYTES);
          assert.ok(wanted.equals(buffer.subarray(at, at + CHUNK_BYTES)), `extent ${taken}, chunk ${chunk}`);
        }
      }
      assert.equal(ahead.length, 0);
    });
  }
});

uringTest("ExtentsAhead is full with as many reads as the queue is deep, or MAX_AHEAD extents", () => {
  const cases = [[1, 1], [NUM_COLUMNS, 1], [NUM_COLUMNS + 1, 2], [2 * NUM_COLUMNS + 1, 3], [1000, MAX_AHEAD]];
  for (const [depth, wanted] of cases) {
    withAhead({ depth }, (scene) => {
      let submitted = 0;
      while (!scene.ahead.isFull) submit(scene, submitted++);
      assert.equal(submitted, wanted, `depth ${depth}`);
      scene.ahead.take();
      assert.equal(scene.ahead.isFull, false);
      while (scene.ahead.length > 0) scene.ahead.take();
    });
  }
});

uringTest("ExtentsAhead leaves row groups to others that are too long for its buffers", () => {
  withAhead({ depth: 8 }, ({ ahead }) => {
    const chunkBytes = Math.floor(MAX_AHEAD_BYTES / NUM_COLUMNS);
    assert.equal(ahead.plan(tableWith(chunkBytes), 0), true);
    assert.equal(ahead.plan(tableWith(chunkBytes + 1000), 0), false);
    assert.equal(ahead.plan(tableWith(RULES.maxReadBytes + 1), 0), false);
    assert.equal(ahead.length, 0);
  });
});

uringTest("ExtentsAhead names the file that ended before an extent, which the others survive", () => {
  withAhead({ depth: 64 }, (scene) => {
    const { ahead, pathOf } = scene;
    for (const ordinal of [0, 1, 2]) submit(scene, ordinal);
    while (ahead.length > 0) ahead.take();
    fs.truncateSync(pathOf(1), ROW_GROUP_BYTES + 10);
    for (const ordinal of [6, 7, 8]) submit(scene, ordinal); // the second row group of each
    assert.equal(ahead.take().claim.ordinal, 6);
    assert.throws(
      () => ahead.take(),
      (error) => error instanceof FileError && error.message.includes(pathOf(1)),
    );
  });
});

uringTest("ExtentReader tells of a fetched extent what it waited for it, and how long it took in all", () => {
  withAhead({ depth: 64 }, (scene) => {
    const { ahead, table, files } = scene;
    const extents = new ExtentReader({
      storage: new PosixStorage({ direct: false }),
      files,
      columns: [],
      decode: "none",
      rules: RULES,
      table,
      timesReads: true,
    });
    submit(scene, 0);
    Bun.sleepSync(5);
    extents.decodeFetched(ahead.take(), () => assert.fail("nothing is decoded"));
    assert.ok(extents.elapsedNs >= 5e6, `${extents.elapsedNs} ns`);
    assert.ok(extents.readNs > 0 && extents.readNs + extents.decodeNs < extents.elapsedNs);
    assert.equal(extents.usefulBytes, NUM_COLUMNS * CHUNK_BYTES);
    assert.equal(extents.requestedBytes, NUM_COLUMNS * CHUNK_BYTES);
    assert.equal(extents.returnedBytes, NUM_COLUMNS * CHUNK_BYTES);
  });
});
