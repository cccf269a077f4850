// Writes the documents that are made from the schema. Tests fail where they are out of date.
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { makeJsonSchema } from "../lib/config/json_schema.ts";
import { renderReference } from "../lib/report/workload_reference.ts";

const write = (path: string, text: string) => {
  fs.writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url).href), text);
};
write("docs/workload.md", renderReference());
write("docs/workload.schema.json", JSON.stringify(makeJsonSchema(), null, 2) + "\n");
