// How long readers rehearse, from the environment: for whoever tests mlps, or what runs it, and needs no figures.
import { UsageError } from "../base/errors.ts";

/** Returns MLPS_REHEARSAL_SECONDS; undefined where it is not set or empty. @throws {UsageError} */
export function rehearsalSecondsOf(
  { MLPS_REHEARSAL_SECONDS: text = "" }: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (text === "") return undefined;
  const seconds = Number(text);
  if (!(seconds >= 0 && seconds <= 60)) {
    throw new UsageError(
      `Cannot rehearse for MLPS_REHEARSAL_SECONDS=${text}: seconds from 0 to 60 are wanted, or nothing for as ` +
        `long as it takes`,
    );
  }
  return seconds;
}
