// Writes the documents that are made from the schema and from the command line. Tests fail where they are out of date.
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { makeManPage } from "../lib/cli/man.ts";
import { buildProgram } from "../lib/cli/program.ts";
import { makeJsonSchema } from "../lib/config/json_schema.ts";
import { renderReference } from "../lib/report/workload_reference.ts";

const write = (path: string, text: string) => {
  fs.writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url).href), text);
};
write("docs/workload.md", renderReference());
const context = { version: manifest.version, commandLine: [], signal: new AbortController().signal };
write("docs/mlps.1", makeManPage(buildProgram(context), context));
write("docs/workload.schema.json", JSON.stringify(makeJsonSchema(), null, 2) + "\n");
