// Workloads that are no workloads: refused with exit code 2, place, finding and way out, and nothing is touched.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { refuse } from "../helpers/refusals.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

testInFolder("mlps run refuses a workload that is absent or no YAML", async (folder) => {
  const cases: [string, string | undefined, RegExp[]][] = [
    ["none.yaml", undefined, [/workload "none\.yaml": no such file found\. .*: dlrm, dlrm_b200, .*\n$/]],
    ["dlrn.yaml", undefined, [/workload "dlrn\.yaml".* Did you mean dlrm\?/]],
    ["syntax.yaml", "model:\n  name: [a,\ndataset: {\n", [
      /"syntax\.yaml": /,
      /^ {2}syntax\.yaml:\d+:\d+: /m,
    ]],
    ["tabs.yaml", "model:\n\tname: a\n", [/^ {2}tabs\.yaml:2:1: Tabs are not allowed as indentation/m]],
    ["empty.yaml", "", [/"empty\.yaml": it is empty, a mapping of sections wanted/]],
    ["list.yaml", "- 1\n", [/"list\.yaml": it is a list, a mapping of sections wanted/]],
    ["twice.yaml", "model:\n  name: a\n  name: b\n", [/^ {2}twice\.yaml:3:3: duplicate key "name"/m]],
  ];
  for (const [name, text, parts] of cases) {
    if (text !== undefined) fs.writeFileSync(join(folder, name), text);
    await refuse(folder, ["run", name], 2, ...parts);
  }
  fs.mkdirSync(join(folder, "folder.yaml"));
  await refuse(folder, ["run", "folder.yaml"], 2, /"folder\.yaml"/);
});

testInFolder("mlps refuses wrong keys and values with place, finding and wanted value", async (folder) => {
  const text = fs.readFileSync(join(folder, "small.yaml"), "utf8");
  const cases: [string, string, RegExp][] = [
    [
      "batch_size: 256",
      "batchsize: 256",
      /:23:3: reader\.batchsize: unknown key\. Did you mean reader\.batch_size\?/,
    ],
    [
      "batch_size: 256",
      "epochs: 256",
      /:23:3: reader\.epochs: unknown key\. It belongs elsewhere: train\.epochs/,
    ],
    [
      "batch_size: 256",
      "batch_size: many",
      /:23:15: reader\.batch_size: found "many", expected integer >= 1/,
    ],
    ["batch_size: 256", "batch_size: 0", /: found 0, expected integer >= 1/],
    ["batch_size: 256", "batch_size: 2.5", /: found 2\.5, expected integer >= 1/],
    [
      "batch_size: 256",
      "batch_size: 12289",
      /found 12289, expected at most the 12288 samples of the dataset/,
    ],
    [
      "num_files_train: 3",
      "num_files_train: -3",
      /:8:20: dataset\.num_files_train: found -3, expected integer >= 1/,
    ],
    ["num_samples_per_file: 4096", "num_samples_per_file: 0", /: found 0, expected integer >= 1/],
    ["row_group_size: 512", "row_group_size: 0", /: found 0, expected integer >= 1/],
    ["epochs: 2", "epochs: 0", /train\.epochs: found 0, expected integer >= 1/],
    [
      "computation_time: 0.0005",
      "computation_time: -1",
      /train\.computation_time: found -1, expected number >= 0/,
    ],
    ["generate_data: true", "generate_data: maybe", /: found "maybe", expected true or false/],
    [
      "dtype: float64",
      "dtype: flaot64",
      /columns\[2\]\.dtype: found "flaot64", .*\. Did you mean float64\?/,
    ],
    ["compression: none", "compression: lzo", /: found "lzo", expected none \| snappy/],
    [
      "format: parquet",
      "format: tfrecord",
      /: found "tfrecord", expected parquet \| synthetic\. mlps reads parquet, and with synthetic nothing/,
    ],
    [
      "dtype: float64",
      "dtype: binary, size: 3000000",
      /column "c": dataset\.parquet\.row_group_size is 512, at most 357/,
    ],
    [
      "dtype: float64",
      "dtype: float16, cardinality: 5000",
      /columns\[2\]\.cardinality: found 5000, expected at most 1024/,
    ],
    ["dtype: float64", "dtype: bool, distribution: zipf", /found "zipf", expected a cardinality beside it/],
    [
      "compression: none",
      "compression: zstd\n  compression_level: 23",
      /found 23, expected 1 to 22 for zstd/,
    ],
    ["compression: none", "compression: gzip\n  compression_level: 12", /found 12, expected 1 to 9 for gzip/],
    ["name: a,", "name: h,", /columns\[7\]\.name: found "h" again/],
  ];
  await Promise.all(cases.map(async ([from, to, message], index) => {
    assert.ok(text.includes(from), from);
    const own = join(folder, String(index));
    fs.mkdirSync(own);
    fs.writeFileSync(join(own, "small.yaml"), text.replace(from, to));
    await refuse(
      own,
      ["run", "small.yaml"],
      2,
      /"small\.yaml": 1 problem\n {2}small\.yaml|column "c"/,
      message,
    );
  }));
  await refuse(
    folder,
    ["run", "small.yaml", "-n", "49"],
    2,
    /49 accelerators with 12288 samples: .* needs 12544\. Raise dataset\.num_files_train or lower --num-accelerators/,
  );
  await refuse(
    folder,
    ["run", "small.yaml", ...setting("train.total_training_steps=49")],
    2,
    /the dataset gives 48 steps an epoch/,
  );
});
