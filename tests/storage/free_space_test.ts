import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readFreeBytes } from "../../lib/storage/free_space.ts";

test("readFreeBytes() asks the filesystem of the nearest folder that exists", () => {
  const { bsize, blocks } = fs.statfsSync(tmpdir());
  const free = readFreeBytes(join(tmpdir(), "mlps-none/of/these"));
  assert.ok(free !== undefined && free > 0 && free <= bsize * blocks, String(free));
});
