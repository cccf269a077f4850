import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatBytes,
  formatBytesPerSecond,
  formatCount,
  formatInteger,
  formatNs,
  formatSignificant,
  GIB,
  KIB,
  MIB,
} from "../../lib/base/units.ts";

const SECOND = 1e9, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;

function checkTable(format: (value: number) => string, table: readonly (readonly [number, string])[]): void {
  for (const [value, text] of table) assert.equal(format(value), text, `of ${value}`);
}

test("formatSignificant() gives three significant digits", () => {
  checkTable(formatSignificant, [
    [0, "0"],
    [0.125, "0.125"],
    [0.9949, "0.995"],
    [0.9951, "0.995"],
    [0.9999, "1.00"],
    [1, "1.00"],
    [4.884, "4.88"],
    [9.994, "9.99"],
    [9.996, "10.0"], // not 10.00
    [10, "10.0"],
    [48.84, "48.8"],
    [99.94, "99.9"],
    [99.96, "100"], // not 100.0
    [488.4, "488"],
    [4884, "4884"],
    [-4.884, "-4.88"],
    [NaN, "-"],
    [Infinity, "-"],
  ]);
});

test("formatBytes() takes the largest binary unit that leaves at least one", () => {
  checkTable(formatBytes, [
    [0, "0 B"],
    [1, "1.00 B"],
    [761, "761 B"],
    [1023, "1023 B"],
    [KIB, "1.00 KiB"],
    [1.5 * MIB, "1.50 MiB"],
    [MIB - 1, "1.00 MiB"], // not 1024 KiB
    [3_590_848_512, "3.34 GiB"],
    [1024 * GIB, "1.00 TiB"],
    [1024 ** 5, "1.00 PiB"],
    [1024 ** 6, "1024 PiB"],
  ]);
});

test("formatBytesPerSecond() gives the demand of DLRM as dlio.md has it", () => {
  assert.equal(formatBytesPerSecond(32_768_000 * 160), "4.88 GiB/s");
});

test("formatCount() takes decimal units", () => {
  checkTable(formatCount, [
    [0, "0"],
    [12, "12.0"],
    [999, "999"],
    [999.6, "1.00 k"],
    [12_288, "12.3 k"],
    [32_768_000, "32.8 M"],
    [4.8e9, "4.80 G"],
    [1.7e12, "1.70 T"],
  ]);
});

test("formatInteger() groups digits by three and rounds", () => {
  checkTable(formatInteger, [
    [0, "0"],
    [999, "999"],
    [1_966_080, "1,966,080"],
    [4_831_838_208, "4,831,838,208"],
    [1.6, "2"],
  ]);
});

test("formatNs() takes the unit that reads best and never shows 1000 of one", () => {
  checkTable(formatNs, [
    [0, "0 ns"],
    [999, "999 ns"],
    [999.7, "1.00 us"],
    [1000, "1.00 us"],
    [375_000, "375 us"],
    [999_700, "1.00 ms"],
    [562_500, "563 us"],
    [10e6, "10.0 ms"],
    [999.7e6, "1.00 s"],
    [1.35 * SECOND, "1.35 s"],
    [59.94 * SECOND, "59.9 s"],
    [59.96 * SECOND, "1 min 00 s"],
    [2 * MINUTE + 5 * SECOND, "2 min 05 s"],
    [HOUR - 1, "1 h 00 min"],
    [3 * HOUR + 10 * MINUTE + 59 * SECOND, "3 h 10 min"],
    [100 * HOUR, "100 h 00 min"],
  ]);
});
