// What stands out of a text on a terminal. The texts are made without colour and are complete without it.
import type { DoctorLevel } from "../metrics/doctor_check.ts";
import type { Answer } from "../report/answer.ts";
import type { Paint, Tone } from "./terminal.ts";

const ANSWER_TONES: Readonly<Record<Answer["kind"], Tone>> = {
  yes: "good",
  no: "bad",
  none: "watch",
  failed: "bad",
};

/** Returns the lines of a result with its answer painted. */
export function paintAnswer(lines: readonly string[], { kind, headline }: Answer, paint: Paint): string[] {
  return lines.map((line) => line === headline ? paint(ANSWER_TONES[kind], line) : line);
}

/** Returns the lines of a doctor's report with the levels of its checks painted. */
export function paintLevels(lines: readonly string[], paint: Paint): string[] {
  return lines.map((line) =>
    line.replace(/^ {2}(good|watch|bad)(?= )/, (_, level: DoctorLevel) => `  ${paint(level, level)}`)
  );
}
