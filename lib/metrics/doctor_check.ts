// One line of `mlps doctor`: what was found, whether it is as it should be, and if not, what to do.

export type DoctorLevel = "good" | "watch" | "bad";

/** Keys as they are printed. */
export interface DoctorCheck {
  readonly section: "host" | "folder";
  /** Stays the same from version to version. */
  readonly name: string;
  readonly level: DoctorLevel;
  readonly found: string;
  /** Null where nothing is to be done. */
  readonly remedy: string | null;
}

/** A reason to look at something, with what to do about it. */
export interface Concern {
  readonly level: Exclude<DoctorLevel, "good">;
  readonly remedy: string;
}

/** Returns a concern where `condition` holds, else nothing. */
export function concern(condition: boolean, level: Concern["level"], remedy: string): Concern[] {
  return condition ? [{ level, remedy }] : [];
}

/** Returns a line: as bad as the worst of its concerns, with the remedies of all. */
export function makeCheck(
  [section, name]: readonly [DoctorCheck["section"], string],
  found: string,
  concerns: readonly Concern[] = [],
): DoctorCheck {
  return {
    section,
    name,
    level: worstLevel(concerns),
    found,
    remedy: concerns.length === 0 ? null : concerns.map(({ remedy }) => remedy).join(". "),
  };
}

/** Returns the worst level; good where there is none. */
export function worstLevel(checks: readonly { readonly level: DoctorLevel }[]): DoctorLevel {
  if (checks.some(({ level }) => level === "bad")) return "bad";
  return checks.some(({ level }) => level === "watch") ? "watch" : "good";
}
