// What `mlps doctor` found, on one page.
import type { DoctorReport } from "../metrics/doctor.ts";
import type { DoctorCheck, DoctorLevel } from "../metrics/doctor_check.ts";
import { TEXT_COLUMNS, wrapText } from "./text_table.ts";

const LEVEL_COLUMNS = 7, NAME_COLUMNS = 15;
const TITLES: Readonly<Record<DoctorCheck["section"], string>> = { host: "Host", folder: "Folder" };

/** Names that are not plain words. */
const LABELS: Readonly<Record<string, string>> = {
  cpu: "CPU",
  io_uring: "io_uring",
  mpi: "MPI",
  direct_io: "direct I/O",
};

/** Returns the report as lines of at most 80 columns (paths aside). */
export function renderDoctor(report: DoctorReport): string[] {
  const sections = (["host", "folder"] as const).flatMap((section) => [
    "",
    TITLES[section],
    ...report.checks.filter((check) => check.section === section).flatMap(renderCheck),
  ]);
  return [
    `mlps ${report.mlps_version} on ${report.hostname}, ${report.folder}: ${outcome(report)}`,
    ...sections,
  ];
}

function outcome({ checks }: DoctorReport): string {
  const count = (level: DoctorLevel) => checks.filter((check) => check.level === level).length;
  const bad = count("bad"), watch = count("watch");
  if (bad + watch === 0) return "all is good";
  return `${bad === 0 ? "nothing" : bad} bad, ${watch === 0 ? "nothing" : watch} to watch`;
}

function renderCheck({ name, level, found, remedy }: DoctorCheck): string[] {
  const indent = " ".repeat(2 + LEVEL_COLUMNS + NAME_COLUMNS);
  const lines = wrapText(found, TEXT_COLUMNS - indent.length);
  const remedies = remedy === null ? [] : wrapText(`-> ${remedy}`, TEXT_COLUMNS - indent.length);
  const head = `  ${level.padEnd(LEVEL_COLUMNS)}${
    (LABELS[name] ?? name.replaceAll("_", " ")).padEnd(NAME_COLUMNS)
  }`;
  return [...lines, ...remedies].map((line, index) => (index === 0 ? head : indent) + line);
}
