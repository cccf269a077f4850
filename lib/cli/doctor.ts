// mlps doctor: whether a host and a folder are fit for measurements, and what to mend.
import fs from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { Command } from "commander";
import { PreflightError, reasonOf } from "../base/errors.ts";
import { makeDoctorReport } from "../metrics/doctor.ts";
import { renderDoctor } from "../report/text_doctor.ts";
import { examine } from "../run/doctor.ts";
import { addMessageFlags, type Context, type MessageFlags } from "./options.ts";
import { Messages, print } from "./output.ts";
import { paintLevels } from "./paint.ts";
import { describeDoctor } from "./progress_text.ts";
import { paintFor } from "./terminal.ts";

interface DoctorFlags extends MessageFlags {
  readonly readTest: boolean;
}

const EXAMPLES = `Examples:
  mlps doctor /mnt/nvme/dlrm
  mlps doctor /mnt/nfs --json | jq '.checks[] | select(.level != "good")'
`;

/** Returns the command. */
export function doctorCommand(context: Context): Command {
  const command = new Command("doctor")
    .summary("check this host and a folder, with remedies")
    .description(
      "Checks what a measurement rests on: kernel, limits, clock, and of a folder its filesystem, direct I/O, page " +
        "cache, accounting, space, and for three seconds its raw read rate. Reads large files of the folder; where " +
        "there are none, writes one of its own and removes it. Changes nothing and needs no root. Each line is good, " +
        "to watch, or bad, with what to do about it; the exit code is 0 either way.",
    )
    .argument("[DIR]", "the folder where datasets lie or shall lie", ".")
    .addHelpText("before", EXAMPLES)
    .option("--no-read-test", "do not measure the read rate");
  addMessageFlags(command, "print facts and checks as JSON on stdout, and no text");
  return command.action(async (dir: string, flags: DoctorFlags) => {
    const folder = requireFolder(dir);
    const messages = new Messages({ quiet: flags.quiet ?? false, signal: context.signal });
    const facts = await examine({
      version: context.version,
      folder,
      readTest: flags.readTest,
      signal: context.signal,
      onProgress: (progress) => messages.progress(() => describeDoctor(progress)),
    }).catch((cause) => {
      throw context.signal.aborted ? context.signal.reason : cause;
    }).finally(() => messages.endProgress());
    const report = makeDoctorReport(facts, { hostname: hostname(), examinedAt: new Date() });
    await print(
      flags.json
        ? JSON.stringify(report, null, 2) + "\n"
        : paintLevels(renderDoctor(report), paintFor(process.stdout)),
    );
  });
}

/** Returns the absolute path of a folder that is there. @throws {PreflightError} */
function requireFolder(dir: string): string {
  try {
    fs.readdirSync(dir);
    return resolve(dir);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new PreflightError(
      `Cannot examine "${dir}": ${reason}. Name the folder of a dataset, or one to be`,
      {
        cause,
      },
    );
  }
}
