// Valid files of many kinds, small, for the mutation test to damage: by our writer, by hyparquet-writer and, where there
// is a Python with it, by pyarrow.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import zlib from "node:zlib";
import type { DecodedArray, Encoding, SchemaElement } from "hyparquet";
import type { DatasetSpecification } from "../../../lib/dataset/specification.ts";
import { WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";
import { generateFiles, smallSpecification } from "../../helpers/datasets.ts";
import { pythonWith } from "../../helpers/python.ts";
import { type FileOptions, flatSchema, makeFile, randomNumbers } from "./read_file.ts";

const PYARROW_PROGRAM = join(import.meta.dirname, "../../interop/write_mutation_files.py");
const ROWS = 120, ROW_GROUP_ROWS = 80;
const PAGE_BYTES = 150;
const COMPRESSORS = {
  GZIP: (input: Uint8Array) => new Uint8Array(zlib.gzipSync(input)),
  ZSTD: (input: Uint8Array) => new Uint8Array(zlib.zstdCompressSync(input)),
};

/** Writes all files to a folder; returns why some kinds are missing, or undefined. */
export function writeMutationFiles(folder: string): string | undefined {
  writeOurs(folder);
  for (const [name, file] of Object.entries(hyparquetFiles())) {
    fs.writeFileSync(join(folder, `hyparquet-${name}.parquet`), file);
  }
  const python = pythonWith("pyarrow", "numpy");
  if (python === undefined) return "no Python has pyarrow: its files are not damaged";
  execFileSync(python, [PYARROW_PROGRAM, folder]);
  return undefined;
}

function writeOurs(folder: string): void {
  const scalars = WRITABLE_DTYPES.map((dtype) => ({ name: dtype, dtype, size: 1 }));
  const lists = ["float32", "int64", "bool"].map((dtype) => ({ name: dtype, dtype, size: 3 }));
  const fewValues = [...scalars, ...lists].map((column) => ({ ...column, cardinality: 2 }));
  const changes: Record<string, Partial<DatasetSpecification>> = {
    "plain": { columns: scalars },
    "snappy": { columns: scalars, compression: "snappy" },
    "lists": { columns: lists },
    "pages": { columns: [...scalars, ...lists], page_size: 100, compression: "lz4" },
    "dictionary": { columns: fewValues, encoding: "dictionary" },
    "dictionary-pages": { columns: fewValues, encoding: "dictionary", page_size: 60, compression: "zstd" },
    "dictionary-gzip": { columns: scalars, encoding: "dictionary", compression: "gzip" },
  };
  for (const [name, change] of Object.entries(changes)) {
    const spec = smallSpecification({
      num_files_train: 1,
      num_samples_per_file: ROWS,
      row_group_size: ROW_GROUP_ROWS,
      ...change,
    });
    const dataFolder = join(folder, "ours");
    generateFiles(dataFolder, spec, [0]);
    fs.renameSync(join(dataFolder, "train/part_0_of_1.parquet"), join(folder, `mlps-${name}.parquet`));
    fs.rmSync(dataFolder, { recursive: true });
  }
}

function hyparquetFiles(): Record<string, Uint8Array> {
  return {
    "required": flatFile({ encoding: "PLAIN" }),
    "required-pages-snappy": flatFile({ encoding: "PLAIN", codec: "SNAPPY", pageSize: PAGE_BYTES }),
    "nulls": flatFile({ encoding: "PLAIN", nulls: true, pageSize: PAGE_BYTES }),
    "nulls-gzip": flatFile({ encoding: "PLAIN", nulls: true, codec: "GZIP" }),
    "dictionary": flatFile({ encoding: "RLE_DICTIONARY", pageSize: PAGE_BYTES }),
    "dictionary-nulls-zstd": flatFile({ encoding: "RLE_DICTIONARY", nulls: true, codec: "ZSTD" }),
    "split": flatFile({ encoding: "BYTE_STREAM_SPLIT", nulls: true, of: ["FLOAT", "DOUBLE", "INT64"] }),
    "delta": flatFile({ encoding: "DELTA_BINARY_PACKED", of: ["INT32", "INT64"] }),
    "delta-lengths": flatFile({ encoding: "DELTA_LENGTH_BYTE_ARRAY", nulls: true, of: ["BYTE_ARRAY"] }),
    "delta-strings": flatFile({ encoding: "DELTA_BYTE_ARRAY", of: ["BYTE_ARRAY"], pageSize: PAGE_BYTES }),
    "boolean-runs": flatFile({ encoding: "RLE", nulls: true, of: ["BOOLEAN"] }),
    "lists": listFile({ encoding: "PLAIN", pageSize: PAGE_BYTES }),
    "lists-dictionary-snappy": listFile({ encoding: "RLE_DICTIONARY", codec: "SNAPPY" }),
    "lists-constant": listFile({ encoding: "PLAIN" }, 3),
  };
}

type Options = Pick<FileOptions, "codec" | "pageSize"> & { readonly encoding: Encoding };
type Type = "INT32" | "INT64" | "FLOAT" | "DOUBLE" | "BOOLEAN" | "BYTE_ARRAY" | "FIXED_LEN_BYTE_ARRAY";

const TYPES: readonly Type[] = [
  "INT32",
  "INT64",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
];

function flatFile(
  { encoding, nulls = false, of = TYPES, ...options }: Options & { nulls?: boolean; of?: readonly Type[] },
): Uint8Array {
  const isDictionary = encoding === "RLE_DICTIONARY";
  const withBoolean = encoding === "PLAIN" ? [...of, "BOOLEAN" as const] : of;
  const elements = withBoolean.map((type): SchemaElement => ({
    name: type.toLowerCase(),
    type,
    repetition_type: nulls ? "OPTIONAL" : "REQUIRED",
    ...(type === "FIXED_LEN_BYTE_ARRAY" && { type_length: 3 }),
  }));
  return makeFile({
    schema: flatSchema(elements),
    columnData: elements.map(({ name, type }, column) => {
      const values = randomValues(type as Type, isDictionary ? 9 : ROWS, column);
      return {
        name,
        data: Array.from({ length: ROWS }, (_, row) => {
          if (nulls && (row % 3 === 0 || (row > 40 && row < 60))) return null;
          return values[isDictionary ? row * row % 9 : row];
        }) as DecodedArray,
        encoding,
      };
    }),
    compressors: COMPRESSORS,
    codec: "UNCOMPRESSED",
    rowGroupSize: ROW_GROUP_ROWS,
    statistics: false,
    ...options,
  });
}

function randomValues(type: Type, count: number, seed: number): unknown[] {
  const next = randomNumbers(seed);
  const bytes = (length: number) => Uint8Array.from({ length }, () => next() & 255);
  const make: Record<Type, () => unknown> = {
    INT32: () => next() | 0,
    INT64: () => BigInt(next()) << 20n,
    FLOAT: () => next(),
    DOUBLE: () => next() / 3,
    BOOLEAN: () => next() % 2 === 0,
    BYTE_ARRAY: () => bytes(next() % 12),
    FIXED_LEN_BYTE_ARRAY: () => bytes(3),
  };
  return Array.from({ length: count }, make[type]);
}

/** Two columns of lists: of integers, each level optional, and of byte arrays, all required. */
function listFile({ encoding, ...options }: Options, length?: number): Uint8Array {
  const lists = (make: (row: number, index: number) => unknown, isNullable: boolean) =>
    Array.from({ length: ROWS }, (_, row) => {
      if (isNullable && length === undefined && row % 7 === 0) return null;
      return Array.from(
        { length: length ?? row % 5 },
        (_, index) => isNullable && length === undefined && index === 2 ? null : make(row, index),
      );
    });
  const group = (name: string, type: Type, repetition: "OPTIONAL" | "REQUIRED"): SchemaElement[] => [
    { name, repetition_type: repetition, num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type, repetition_type: repetition },
  ];
  return makeFile({
    schema: [
      { name: "root", num_children: 2 },
      ...group("numbers", "INT32", "OPTIONAL"),
      ...group("words", "BYTE_ARRAY", "REQUIRED"),
    ],
    columnData: [
      { name: "numbers", data: lists((row, index) => (row + index) % 11, true), encoding },
      { name: "words", data: lists((row) => Uint8Array.of(1, 2, row % 10), false), encoding },
    ],
    codec: "UNCOMPRESSED",
    rowGroupSize: ROW_GROUP_ROWS,
    statistics: false,
    ...options,
  });
}
