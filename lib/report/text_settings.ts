// The resolved configuration of a workload, and the category of a run by MLPerf's rules, as a person reads them.
import type { Setting } from "../config/origin.ts";
import type { Category, Judgement } from "../plan/rules.ts";
import { renderTable, TEXT_COLUMNS, wrapText } from "./text_table.ts";

const REASON_INDENT = " ".repeat("  neither  ".length);

const NAMES: Readonly<Record<Category, string>> = {
  closed: "CLOSED",
  open: "OPEN",
  neither: "neither CLOSED nor OPEN",
};

/** Returns a table of all settings with where each value comes from. */
export function renderSettings(settings: readonly Setting[]): string[] {
  return renderTable(
    [{ title: "key" }, { title: "value" }, { title: "from" }],
    settings.map(({ key, value, source, place, inert }) => [
      key,
      formatSetting(value),
      `${(place ?? source).replace(" (embedded)", "")}${inert === undefined ? "" : " (no effect)"}`,
    ]),
  );
}

/** Returns the category, and each parameter that keeps a run out of CLOSED with the best category that allows it. */
export function renderJudgement({ category, reference, parameters }: Judgement): string[] {
  const compared = reference === null ? "" : `, compared with MLPerf's ${reference}`;
  const deciding = parameters.filter((parameter) => parameter.category !== "closed");
  return [
    `By MLPerf's rules ${NAMES[category]}${compared}`,
    ...deciding.flatMap(({ key, reason, category: best }) =>
      wrapText(`${key}: ${reason}`, TEXT_COLUMNS - REASON_INDENT.length).map((line, index) =>
        (index === 0 ? `  ${best}` : "").padEnd(REASON_INDENT.length) + line
      )
    ),
  ];
}

/** Returns the name of a category. */
export function nameOfCategory(category: Category): string {
  return NAMES[category];
}

function formatSetting(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 entry" : `${value.length} entries`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
