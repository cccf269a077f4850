// What doubts about a run are derived from.
import type { Difference } from "./differences.ts";
import type { EpochRecord } from "./epoch_record.ts";
import type { Steadiness } from "./steadiness.ts";
import type { VerdictFacts } from "./verdict_facts.ts";

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface WarningInput {
  readonly epochs: readonly EpochRecord[];
  readonly datasetBytes: number;
  readonly memoryBytes: number;
  /** Whether reads went through the page cache and nothing was dropped from it. */
  readonly cacheKept?: boolean;
  /** Whether reads went through the page cache and the dataset was dropped from it before each epoch. */
  readonly cacheDropped?: boolean;
  /** Whether reads went around the page cache. */
  readonly direct?: boolean;
  /** Why memory may be what the block device delivers from, as part of a sentence. */
  readonly memoryDevice?: string;
  /** Absent when nothing was measured. */
  readonly client?: VerdictFacts;
  readonly steadiness?: Steadiness;
  readonly ceiling?: CeilingShare;
  /** What the readers' rehearsal was cut to. */
  readonly rehearsalSeconds?: number;
  readonly environmentChanges?: EnvironmentChanges;
}

/** How near a run came to what the client can do without storage. */
export interface CeilingShare {
  readonly samples_per_second: number;
  readonly measured_at: string;
  readonly share_percentage: number;
  readonly client_bound: boolean;
}

/** What differs from the environment of an earlier result. */
export interface EnvironmentChanges {
  /** The folder of that result. */
  readonly since: string;
  readonly changes: readonly Difference[];
}
