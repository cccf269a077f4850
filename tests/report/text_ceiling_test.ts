import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import { ceilingPath, readCeiling, writeCeiling } from "../../lib/report/ceiling_file.ts";
import { renderCeiling } from "../../lib/report/text_ceiling.ts";
import { ceilingWith, PAGE_CACHE_RATE } from "../helpers/ceilings.ts";
import { withFolder } from "../helpers/datasets.ts";

test("renderCeiling() tells the rate, what it feeds and where the time went", () => {
  assert.deepEqual(renderCeiling(ceilingWith()), [
    "small: the ceiling of this client",
    "",
    "  ceiling     50.0 M samples/s, 3 rounds within 4.0 %",
    "              2.00 cores used, 25.0 M samples/s with each",
    "  feeds       2.50 accelerators of 20.0 M samples/s, 3 at an AU of 70 %",
    "  synthetic   2.50 G samples/s, 3 rounds within 4.0 %, without any file",
    "  memory      8.00 GiB/s of wanted columns from 512 MiB on tmpfs (/dev/shm)",
    "  time        70.0 % reading from memory, 28.0 % decoding, 2.0 % planning and",
    "              handing over",
    "  client      host-1, 2 CPUs, 4 reader threads, at most 16 batches ahead",
  ]);
});

test("renderCeiling() says what was not measured, what disturbed, and keeps to 80 columns", () => {
  const disturbed = { ...PAGE_CACHE_RATE, others_cpu_percentage: 40, cached_percentage: 50 };
  const lines = renderCeiling(ceilingWith({ page_cache: disturbed, accelerators: null }));
  assert.match(lines.join("\n"), /OTHERS USED 40 % OF ITS CPU/);
  assert.match(lines.join(" ").replaceAll(/ +/g, " "), /ONLY 50 % OF IT IN MEMORY/);
  assert.match(lines.join("\n"), /train\.computation_time is 0/);
  const without = renderCeiling(
    ceilingWith({
      page_cache: null,
      page_cache_missing: "a row group takes 3 GiB, this host has memory for 1 GiB",
    }),
  );
  assert.match(without.join("\n"), /memory {6}not measured: a row group takes 3 GiB/);
  assert.match(without.join("\n"), /ceiling {5}2\.50 G samples\/s/);
  for (const line of [...lines, ...without]) assert.ok(line.length <= 80, line);
});

test("readCeiling() returns what writeCeiling() stored, and nothing of anything else", () => {
  withFolder((folder) => {
    const path = ceilingPath(folder, "small");
    assert.equal(path, join(folder, "small/ceiling.json"));
    assert.equal(readCeiling(path), undefined);
    writeCeiling(path, ceilingWith({ samples_per_second: 1 }));
    writeCeiling(path, ceilingWith());
    assert.deepEqual(readCeiling(path), ceilingWith());
    assert.deepEqual(fs.readdirSync(join(folder, "small")), ["ceiling.json"]);
    for (const text of ["", "null", "[]", "{", '{"schema_version":2}', '"text"']) {
      fs.writeFileSync(path, text);
      assert.equal(readCeiling(path), undefined, text);
    }
  });
});

test("writeCeiling() names the place that cannot be written", () => {
  withFolder((folder) => {
    fs.writeFileSync(join(folder, "small"), "a file");
    assert.throws(() => writeCeiling(ceilingPath(folder, "small"), ceilingWith()), (error: Error) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, /^Cannot write ".*small\/ceiling\.json": /);
      return true;
    });
  });
});
