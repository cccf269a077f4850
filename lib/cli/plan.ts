// mlps plan: what a workload would generate, read and demand; touches nothing but the workload file.
import { Command } from "commander";
import { summarizePlan } from "../dataset/plan_summary.ts";
import { renderPlan } from "../report/text_plan.ts";
import {
  addAcceleratorFlag,
  addWorkloadFlags,
  type Context,
  loadFromFlags,
  type WorkloadFlags,
} from "./options.ts";
import { print } from "./output.ts";

interface PlanFlags extends WorkloadFlags {
  readonly json?: boolean;
  readonly numAccelerators: number;
}

const EXAMPLES = `Examples:
  mlps plan workloads/dlrm.yaml
  mlps plan dlrm_b200 -n 8 --json

`;

/** Returns the command. */
export function planCommand(_context: Context): Command {
  const command = new Command("plan")
    .summary("show what a workload would generate, read and demand")
    .description(
      "Shows files, steps, bytes, memory and the rate that each accelerator demands. Reads no dataset.",
    )
    .addHelpText("before", EXAMPLES);
  addAcceleratorFlag(addWorkloadFlags(command)).option("--json", "print the plan as JSON on stdout");
  return command.action(async (name: string, overrides: string[], flags: PlanFlags) => {
    const plan = summarizePlan(loadFromFlags(name, overrides, flags), flags.numAccelerators);
    await print(flags.json ? JSON.stringify(plan, null, 2) + "\n" : renderPlan(plan));
  });
}
