// How long readers rehearse, from the environment: for whoever tests mlps, or what runs it, and needs no figures.
import { UsageError } from "../base/errors.ts";
import { MAX_REHEARSAL_SECONDS } from "../run/passes.ts";

/** Returns MLPS_REHEARSAL_SECONDS; undefined where it is not set or empty. @throws {UsageError} */
export function rehearsalSecondsOf(
  { MLPS_REHEARSAL_SECONDS: text = "" }: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (text === "") return undefined;
  const seconds = text.trim() === "" ? NaN : Number(text);
  if (!(seconds >= 0 && seconds < MAX_REHEARSAL_SECONDS)) {
    throw new UsageError(
      `Cannot rehearse for MLPS_REHEARSAL_SECONDS=${text}: seconds from 0 to below ${MAX_REHEARSAL_SECONDS} are ` +
        `wanted, or nothing for as long as it takes`,
    );
  }
  return seconds;
}
