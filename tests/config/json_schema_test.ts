import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { listEmbeddedWorkloads, readEmbeddedWorkload } from "../../lib/config/embedded.ts";
import { makeJsonSchema } from "../../lib/config/json_schema.ts";
import { parseWorkload } from "../../lib/config/load.ts";

type Schema = Record<string, unknown>;
const ROOT = makeJsonSchema();

/** Checks a value as JSON Schema (draft 7) defines the keywords that the schema uses. */
function accepts(schema: Schema, value: unknown): boolean {
  if (schema.$ref !== undefined) return accepts((ROOT.properties as Schema).reader as Schema, value);
  const equals = (wanted: unknown) => JSON.stringify(wanted) === JSON.stringify(value);
  const checks: Record<string, (wanted: never) => boolean> = {
    type: (wanted: string | string[]) => [wanted].flat().some((type) => isType(type, value)),
    const: equals,
    enum: (wanted: unknown[]) => wanted.some(equals),
    minimum: (wanted: number) => typeof value !== "number" || value >= wanted,
    maximum: (wanted: number) => typeof value !== "number" || value <= wanted,
    exclusiveMinimum: (wanted: number) => typeof value !== "number" || value > wanted,
    minLength: (wanted: number) => typeof value !== "string" || value.length >= wanted,
    pattern: (wanted: string) => typeof value !== "string" || new RegExp(wanted).test(value),
    anyOf: (wanted: Schema[]) => wanted.some((one) => accepts(one, value)),
    items: (wanted: Schema) => !Array.isArray(value) || value.every((item) => accepts(wanted, item)),
    required: (wanted: string[]) => wanted.every((key) => Object.hasOwn(value as object, key)),
    properties: (wanted: Record<string, Schema>) =>
      !isType("object", value) ||
      Object.entries(value as object).every(([key, item]) =>
        Object.hasOwn(wanted, key) ? accepts(wanted[key], item) : schema.additionalProperties !== false
      ),
  };
  return Object.entries(schema).every(([keyword, wanted]) => checks[keyword]?.(wanted as never) ?? true);
}

function isType(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  const found: string = typeof value;
  return found === type;
}

test("docs/workload.schema.json is what makeJsonSchema() returns (bun scripts/docs.ts writes it)", () => {
  const path = join(import.meta.dirname!, "../../docs/workload.schema.json");
  assert.equal(fs.readFileSync(path, "utf8"), JSON.stringify(ROOT, null, 2) + "\n");
});

test("makeJsonSchema() accepts every embedded workload", () => {
  for (const name of listEmbeddedWorkloads()) {
    assert.ok(accepts(ROOT, parse(readEmbeddedWorkload(name)!)), name);
  }
});

// One line each; the schema that editors use and the one that mlps uses have to agree.
const AGREED: readonly (readonly [text: string, accepted: boolean])[] = [
  ["reader: { batch_size: 8 }", true],
  ["data_reader: { batch_size: 8 }", true],
  ["data_reader: { batch_sise: 8 }", false],
  ["reader:", true],
  ["reader: []", false],
  ["reader: { batch_size: 0 }", false],
  ["reader: { batch_size: 1.5 }", false],
  ["reader: { batch_size: '8' }", false],
  ["reader: { batchsize: 8 }", false],
  ["reader: { file_shuffle: seed, pin_memory: whatever }", true],
  ["reader: { file_shuffle: maybe }", false],
  ["reader: { preprocess_time: {} }", true],
  ["reader: { preprocess_time: 0.1 }", true],
  ["reader: { preprocess_time: { type: uniform, min: 0, max: 0.1 } }", true],
  ["reader: { preprocess_time: -0.1 }", false],
  ["reader: { read_type: memory }", false],
  ["evaluation: { eval_time: { mean: 0.1 }, eval_after_epoch: 0 }", true],
  ["evaluation: { epochs_between_evals: 0 }", false],
  ["workflow: { evaluation: 'true' }", false],
  ["train: { computation_time: 0.1 }", true],
  ["train: { computation_time: { mean: 0.1, stdev: 0.01 } }", true],
  ["train: { computation_time: { type: gamma, shape: 2, scale: 0.1 } }", true],
  ["train: { computation_time: { type: gamma, shape: 0, scale: 0.1 } }", false],
  ["train: { computation_time: { type: weibull } }", false],
  ["train: { total_training_steps: -1 }", true],
  ["train: { total_training_steps: -2 }", false],
  ["metric: { au: 1.1 }", false],
  ["workflow: { checkpoint: true }", false],
  ["checkpoint: { ksm: { await_time: 3 } }", true],
  ["checkpoint: { ksm: { awaittime: 3 } }", false],
  ["model: { name: '' }", false],
  ["sections: {}", false],
];

for (const [text, accepted] of AGREED) {
  test(`makeJsonSchema() ${accepted ? "accepts" : "refuses"} ${text}, as parseWorkload() does`, () => {
    assert.equal(accepts(ROOT, parse(text)), accepted);
    const whole = `dataset: { format: parquet, num_samples_per_file: 100 }\n${text}`;
    const load = () => parseWorkload({ label: "w.yaml", text: whole });
    if (accepted) load();
    else assert.throws(load);
  });
}
