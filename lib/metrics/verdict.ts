// The verdict on a run: what limited it, on what evidence, and what to change.
import { verdictFacts, type VerdictInput } from "./verdict_facts.ts";
import { type Limit, limitOf } from "./verdict_limit.ts";
import { adviceFor, evidenceFor } from "./verdict_text.ts";

export interface Verdict {
  readonly limit: Limit;
  /** Texts with figures, the strongest first. */
  readonly evidence: readonly string[];
  /** What to change or to measure next, in order. */
  readonly advice: readonly string[];
}

/** Returns what limited the run; undefined when nothing was measured. */
export function verdictOf(input: VerdictInput): Verdict | undefined {
  const facts = verdictFacts(input);
  if (facts === undefined) return undefined;
  const limit = limitOf(facts);
  return { limit, evidence: evidenceFor(limit, facts), advice: adviceFor(limit, facts) };
}
