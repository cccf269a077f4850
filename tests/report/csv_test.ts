import assert from "node:assert/strict";
import { test } from "node:test";
import { listCsvColumns, renderCsv } from "../../lib/report/csv.ts";
import { acceleratorWith, epochWith, evaluationWith } from "../helpers/epoch_records.ts";
import { resultWith } from "../helpers/results.ts";

/** Reads RFC 4180's form, character by character. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [], cell = "", isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[at++];
      else isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === ",") row.push(cell), cell = "";
    else if (char === "\r" && text[at + 1] === "\n") {
      rows.push([...row, cell]);
      row = [], cell = "", at++;
    } else cell += char;
  }
  assert.equal(cell + row.join(""), "", "the last line ends with CRLF");
  return rows;
}

function parseRecords(text: string): Record<string, string>[] {
  const [names, ...rows] = parseCsv(text);
  return rows.map((row) => {
    assert.equal(row.length, names.length);
    return Object.fromEntries(names.map((name, index) => [name, row[index]]));
  });
}

test("renderCsv() has a line for each accelerator of each epoch, evaluations too", () => {
  const result = resultWith({
    numAccelerators: 2,
    numEpochs: 2,
    epochs: [1, 2].map((epoch) =>
      epochWith({ epoch, accelerators: [acceleratorWith(), acceleratorWith({ computeNs: 0.5e9 })] })
    ),
    evaluation: evaluationWith(),
  });
  const records = parseRecords(renderCsv([result, result]));
  const [first] = records;
  assert.deepEqual(
    records.slice(0, 5).map((
      { phase, epoch, accelerator, au_percentage },
    ) => [phase, epoch, accelerator, au_percentage]),
    [
      ["training", "1", "0", "80"],
      ["training", "1", "1", "50"],
      ["training", "2", "0", "80"],
      ["training", "2", "1", "50"],
      ["evaluation", "1", "0", "80"],
    ],
  );
  assert.equal(records.length, 10);
  assert.deepEqual(Object.keys(first), listCsvColumns());
  assert.equal(first.epoch_au_percentage, "65");
  assert.equal(first.start, "2026-07-04T05:01:05.000Z");
});

test("renderCsv() tells a run without an epoch by a line without one", () => {
  const records = parseRecords(renderCsv([resultWith({ epochs: [], status: "failed" })]));
  assert.equal(records.length, 1);
  assert.equal(records[0].status, "failed");
  assert.equal(records[0].epoch, "");
});

test("renderCsv() keeps any text", () => {
  for (const text of ['a "b", c', "two\r\nlines", ",", '"', "plain", "é ☃"]) {
    const result = { ...resultWith(), path: text };
    assert.equal(parseRecords(renderCsv([result]))[0].result, text);
  }
});

test("renderCsv() leaves a figure empty that is not known", () => {
  const records = parseRecords(renderCsv([resultWith({ epochs: [epochWith({ deviceBytes: undefined })] })]));
  assert.equal(records[0].epoch_device_bytes_per_second, "");
});
