// mlps plan: what a workload would generate, read and demand; touches nothing but the workload file.
import { Command } from "commander";
import { summarizePlan } from "../dataset/plan_summary.ts";
import { judgeRun } from "../plan/rules.ts";
import { renderPlan } from "../report/text_plan.ts";
import { renderJudgement, renderSettings } from "../report/text_settings.ts";
import { runSizeOf } from "./category.ts";
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
  readonly config?: boolean;
  readonly numAccelerators: number;
}

const EXAMPLES = `Examples:
  mlps plan workloads/dlrm.yaml
  mlps plan dlrm_b200 -n 8 --json
  mlps plan dlrm --config --set reader.prefetch_size=16
`;

/** Returns the command. */
export function planCommand(_context: Context): Command {
  const command = new Command("plan")
    .summary("show what a workload would generate, read and demand")
    .description(
      "Shows files, steps, bytes, memory and the rate that each accelerator demands, and whether the run would be " +
        "CLOSED or OPEN by MLPerf's rules. Reads no dataset.",
    )
    .addHelpText("before", EXAMPLES);
  addAcceleratorFlag(addWorkloadFlags(command)).option("--json", "print the plan as JSON on stdout")
    .option("--config", "show the value of each key of the workload and where it comes from");
  return command.action(async (name: string, overrides: string[], flags: PlanFlags) => {
    const loaded = loadFromFlags(name, overrides, flags);
    const plan = summarizePlan(loaded, flags.numAccelerators);
    const judgement = judgeRun(loaded.workload, runSizeOf(flags.numAccelerators));
    if (flags.json) {
      const settings = flags.config ? { settings: loaded.settings } : {};
      return await print(JSON.stringify({ ...plan, mlperf: judgement, ...settings }, null, 2) + "\n");
    }
    const settings = flags.config ? ["", ...renderSettings(loaded.settings)] : [];
    await print([...renderPlan(plan), "", ...renderJudgement(judgement), ...settings]);
  });
}
