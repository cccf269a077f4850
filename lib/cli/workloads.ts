// mlps workloads: the workload files inside the binary, and the schema of all workload files.
import { Argument, Command } from "commander";
import { UsageError } from "../base/errors.ts";
import { listEmbeddedWorkloads, readEmbeddedWorkload } from "../config/embedded.ts";
import { adviseName } from "../config/find_workload.ts";
import { makeJsonSchema } from "../config/json_schema.ts";
import { loadEmbeddedWorkload } from "../config/load.ts";
import { summarizePlan } from "../dataset/plan_summary.ts";
import { describeWorkload, renderWorkloads } from "../report/text_workloads.ts";
import type { Context } from "./options.ts";
import { print } from "./output.ts";

const EXAMPLES = `Examples:
  mlps workloads                                what there is, what it demands
  mlps workloads show dlrm > mine.yaml          the file, comments and all
  mlps workloads schema > workload.schema.json  for editors that check YAML
`;

const ACTIONS = ["list", "show", "schema"] as const;

/** Returns the command. */
export function workloadsCommand(_context: Context): Command {
  return new Command("workloads")
    .summary("list the workloads inside this program, or print one")
    .description("Lists the workloads inside this program, prints the file of one, or the schema of all.")
    .addHelpText("before", EXAMPLES)
    .addArgument(new Argument("[ACTION]", "list, show NAME or schema").choices(ACTIONS).default("list"))
    .argument("[NAME]", "a workload inside this program, for show")
    .option("--json", "print the list, or the file as a string, as JSON on stdout")
    .action(
      async (action: typeof ACTIONS[number], name: string | undefined, { json }: { json?: boolean }) => {
        if (name !== undefined && action !== "show") {
          throw new UsageError(`Cannot use argument "${name}": ${action} takes none. Use show ${name}`);
        }
        switch (action) {
          case "list":
            return await printList(json ?? false);
          case "show":
            return await print(
              json ? JSON.stringify({ name, yaml: readText(name) }, null, 2) + "\n" : readText(name),
            );
          case "schema":
            return await print(JSON.stringify(makeJsonSchema(), null, 2) + "\n");
        }
      },
    );
}

async function printList(json: boolean): Promise<void> {
  const workloads = listEmbeddedWorkloads().map((name) =>
    describeWorkload(summarizePlan(loadEmbeddedWorkload(name)!, 1))
  );
  await print(json ? JSON.stringify(workloads, null, 2) + "\n" : renderWorkloads(workloads));
}

function readText(name: string | undefined): string {
  const text = name === undefined ? undefined : readEmbeddedWorkload(name);
  if (text !== undefined) return text;
  const found = name === undefined
    ? "Cannot show a workload: no NAME given"
    : `Cannot show workload "${name}": not found`;
  throw new UsageError(`${found}. ${adviseName(name ?? "")}`);
}
