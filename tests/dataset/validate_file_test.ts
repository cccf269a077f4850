import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { filePath } from "../../lib/dataset/file_names.ts";
import { readManifest } from "../../lib/dataset/manifest.ts";
import type { DatasetSpecification } from "../../lib/dataset/specification.ts";
import { expectationOf } from "../../lib/dataset/validate_expectation.ts";
import { FileChecker } from "../../lib/dataset/validate_file.ts";
import type { Finding } from "../../lib/dataset/validate_finding.ts";
import { generateDataset, smallSpecification, withFolder } from "../helpers/datasets.ts";
import { randomNumbers } from "../format/parquet/read_file.ts";

const ALL_KINDS: DatasetSpecification["columns"] = [
  ...["float16", "float32", "float64", "int8", "uint16", "int64", "bool", "string"].map((dtype) => ({
    name: dtype,
    dtype,
    size: 1,
  })),
  { name: "binary", dtype: "binary", size: 7 },
  { name: "list", dtype: "list", size: 5 },
  { name: "long", dtype: "uint8", size: 100 },
  { name: "bits", dtype: "bool", size: 3 },
  { name: "zipf", dtype: "int64", size: 1, distribution: "zipf", exponent: 1, cardinality: 30 },
  { name: "words", dtype: "string", size: 1, cardinality: 20 },
];

/** A generated dataset with a check of one of its files. */
interface Subject {
  readonly path: string;
  readonly check: (options?: { deep?: boolean; direct?: boolean }) => Finding[];
}

function withDataset(changes: Partial<DatasetSpecification>, use: (subject: Subject) => void): void {
  withFolder((folder) => {
    generateDataset(folder, smallSpecification({ num_files_train: 1, ...changes }));
    const expectation = expectationOf(folder, readManifest(folder)!);
    let findings: Finding[] = [];
    const makeChecker = (deep: boolean, direct: boolean) =>
      new FileChecker({
        expectation,
        deep,
        direct,
        onProgress: () => true,
        onFinding: (finding) => findings.push(finding),
      });
    const usual = makeChecker(true, false);
    const check: Subject["check"] = ({ deep = true, direct = false } = {}) => {
      findings = [];
      const checker = deep && !direct ? usual : makeChecker(deep, direct);
      const comparedBefore = checker.comparedValues;
      assert.equal(checker.check(0), true);
      if (deep && findings.length === 0) {
        const values = expectation.own!.specification.columns.reduce((sum, { dtype, size }) => {
          return sum + 250 * (["string", "binary"].includes(dtype) ? 1 : size);
        }, 0);
        assert.equal(checker.comparedValues - comparedBefore, values);
      }
      return findings;
    };
    use({ path: filePath(expectation.names, 0), check });
  });
}

const COMPRESSIONS = ["none", "snappy", "gzip", "zstd", "lz4"] as const;

test("FileChecker finds nothing in what the generator wrote, of every kind", () => {
  for (const compression of COMPRESSIONS) {
    for (const encoding of ["plain", "dictionary"] as const) {
      for (const page_size of [undefined, 256]) {
        withDataset(
          { compression, encoding, columns: ALL_KINDS, ...(page_size && { page_size }) },
          ({ check }) => {
            assert.deepEqual(check(), [], `${compression} ${encoding} ${page_size}`);
          },
        );
      }
    }
  }
});

test("FileChecker finds each flipped bit of an uncompressed file: a value's by its very byte", () => {
  const random = randomNumbers(1);
  withDataset({ columns: ALL_KINDS, page_size: 2048 }, ({ path, check }) => {
    const original = fs.readFileSync(path);
    const footerStart = original.length - 8 - original.readUInt32LE(original.length - 8);
    for (let flip = 0; flip < 250; flip++) {
      const at = random() % original.length;
      const bytes = Buffer.from(original);
      bytes[at] ^= 1 << random() % 8;
      fs.writeFileSync(path, bytes);
      const findings = check();
      assert.ok(findings.length > 0, `byte ${at} of ${original.length}`);
      assert.ok(findings.every(({ kind }) => kind !== "unreadable"));
      const [{ kind, damage, offset_bytes = -1, message }] = findings;
      if (kind === "values") {
        assert.ok(at < footerStart);
        assert.deepEqual(damage!.runs, [{ offset_bytes: at, extent_bytes: 1 }]);
        assert.equal(damage!.precision, "bytes");
        assert.equal(damage!.differing_bytes, 1);
        assert.equal(damage!.differing_values, 1);
      } else if (kind === "page") {
        assert.ok(
          offset_bytes <= at && at < offset_bytes + 2200,
          `${message} at ${offset_bytes}, byte ${at}`,
        );
      } else {
        assert.ok(at >= footerStart, `${kind}: ${message}`);
      }
    }
  });
});

test("FileChecker tells the page of a value that differs in a compressed or dictionary page", () => {
  const random = randomNumbers(2);
  for (
    const [compression, encoding] of [["snappy", "plain"], ["zstd", "plain"], ["none", "dictionary"]] as const
  ) {
    withDataset({ compression, encoding, columns: ALL_KINDS }, ({ path, check }) => {
      const original = fs.readFileSync(path);
      const footerStart = original.length - 8 - original.readUInt32LE(original.length - 8);
      let found = 0;
      for (let flip = 0; flip < 60; flip++) {
        const at = 4 + random() % (footerStart - 4);
        const bytes = Buffer.from(original);
        bytes[at] ^= 1 << random() % 8;
        fs.writeFileSync(path, bytes);
        for (const { kind, damage, offset_bytes = -1 } of check()) {
          found++;
          assert.ok(kind === "values" || kind === "page");
          assert.ok(offset_bytes >= 4 && offset_bytes < footerStart);
          if (damage?.precision !== "pages") continue;
          assert.ok(damage.differing_values > 0 && damage.differing_values <= damage.num_values);
        }
      }
      // A bit that changes no value (padding, another encoding of the same) is not one that can be told.
      assert.ok(found >= 55, `${compression} ${encoding}: ${found}`);
    });
  }
});

test("FileChecker measures a hole of zeros to the byte, page headers within it included", () => {
  withDataset({ num_samples_per_file: 250, row_group_size: 50 }, ({ path, check }) => {
    const bytes = fs.readFileSync(path);
    bytes.fill(0, 1000, 2500);
    fs.writeFileSync(path, bytes);
    const findings = check();
    const runs = findings.flatMap(({ damage }) => damage?.runs ?? []);
    const first = Math.min(...runs.map((run) => run.offset_bytes));
    const last = Math.max(...runs.map((run) => run.offset_bytes + run.extent_bytes));
    // Values have bytes that are 0 anyway.
    assert.ok(first >= 1000 && first < 1008, `${first}`);
    assert.ok(last <= 2500 && last > 2492, `${last}`);
    assert.ok(findings.some(({ kind }) => kind === "page"));
  });
});

test("FileChecker compares the values of a page whose levels are damaged", () => {
  const columns = [{ name: "list", dtype: "float32", size: 5 }];
  withDataset({ columns, num_samples_per_file: 100 }, ({ path, check }) => {
    const bytes = fs.readFileSync(path);
    const footerStart = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    const valuesStart = footerStart - 100 * 5 * 4;
    for (const at of [valuesStart - 1, valuesStart + 100]) bytes[at] ^= 1; // a level, a value
    fs.writeFileSync(path, bytes);
    const [page, values] = check();
    assert.match(page.message, /its levels are not those of lists of 5 values/);
    assert.deepEqual(values.damage?.runs, [{ offset_bytes: valuesStart + 100, extent_bytes: 1 }]);
  });
});

test("FileChecker reads around the page cache just as well", () => {
  withDataset({}, ({ path, check }) => {
    assert.deepEqual(check({ direct: true }), []);
    const bytes = fs.readFileSync(path);
    bytes[100] ^= 1;
    fs.writeFileSync(path, bytes);
    assert.equal(check({ direct: true })[0].offset_bytes, 100);
  });
});

test("FileChecker names what is wrong with a file as a whole", () => {
  const cases: [string, (path: string) => void, Finding["kind"], RegExp][] = [
    ["removed", (path) => fs.rmSync(path), "missing_file", /it does not exist/],
    [
      "cut",
      (path) => fs.truncateSync(path, 3000),
      "file_size",
      /it has 3000 bytes, \d+ are wanted by the manifest/,
    ],
    ["empty", (path) => fs.truncateSync(path, 0), "file_size", /it has 0 bytes/],
    ["longer", (path) => fs.appendFileSync(path, "x"), "file_size", /wanted by the manifest/],
    ["no magic", (path) => patch(path, -1, 0), "footer", /it does not end with PAR1/],
    ["encrypted", (path) => patch(path, -1, 0x45), "footer", /its footer is encrypted/],
    ["no head", (path) => patch(path, 0, 0), "page", /it does not begin with PAR1/],
    [
      "a folder",
      (path) => {
        fs.rmSync(path);
        fs.mkdirSync(path);
      },
      "footer",
      /it is a folder, a file is wanted/,
    ],
    [
      "a pipe",
      (path) => {
        fs.rmSync(path);
        spawnSync("mkfifo", [path]);
      },
      "footer",
      /it is a pipe, a file is wanted/,
    ],
  ];
  for (const [name, change, kind, message] of cases) {
    withDataset({}, ({ path, check }) => {
      change(path);
      const findings = check();
      assert.deepEqual(findings.map((finding) => finding.kind), [kind], name);
      assert.match(findings[0].message, message);
      assert.equal(findings[0].path, path);
    });
  }
});

/** Sets one byte of a file, counted from its end where `at` is negative. */
function patch(path: string, at: number, byte: number): void {
  const bytes = fs.readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at] = byte;
  fs.writeFileSync(path, bytes);
}
