// What `mlps doctor` says of the facts that it found.
import { type DoctorCheck, type DoctorLevel, worstLevel } from "./doctor_check.ts";
import type { DoctorFacts } from "./doctor_facts.ts";
import { judgeFolder } from "./doctor_folder.ts";
import { judgeHost } from "./doctor_host.ts";

/** Keys as they are printed. */
export interface DoctorReport {
  readonly mlps_version: string;
  readonly hostname: string;
  /** ISO 8601, UTC. */
  readonly examined_at: string;
  readonly folder: string;
  /** The worst of all checks. */
  readonly level: DoctorLevel;
  readonly checks: readonly DoctorCheck[];
  readonly facts: DoctorFacts;
}

/** Returns the report of these facts. */
export function makeDoctorReport(
  facts: DoctorFacts,
  { hostname, examinedAt }: { readonly hostname: string; readonly examinedAt: Date },
): DoctorReport {
  const checks = [...judgeHost(facts), ...judgeFolder(facts)];
  return {
    mlps_version: facts.environment.mlps_version,
    hostname,
    examined_at: examinedAt.toISOString(),
    folder: facts.folder.path,
    level: worstLevel(checks),
    checks,
    facts,
  };
}
