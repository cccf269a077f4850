// What a training run shows while it goes on: three calm lines on a terminal, one line in a log. Steps are those of now;
// rates and latencies are those of the last whole second, so that they can be read before they change.
import { formatBytesPerSecond, formatCount, formatNs, NS_PER_SECOND, NS_PER_US } from "../base/units.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import type { TrainProgress } from "../run/train.ts";
import type { Screen } from "./terminal.ts";

/** Lines do not get longer than this on a wide terminal: an eye has to find the next one. */
const MAX_COLUMNS = 120;
/** From here on parts stand below each other in columns; below, they stand as close as they can. */
const TABLE_COLUMNS = 72;
const FIRST_COLUMNS = 26, SECOND_COLUMNS = 21, GAP = "  ";
/** As in "12 min 05 s left": the bar in front of it does not change its length. */
const LEFT_COLUMNS = 16;
const MIN_BAR_COLUMNS = 8, MAX_BAR_COLUMNS = 40;
/** What an epoch leaves at its end is no rate when it is shorter. */
const MIN_INTERVAL_SECONDS = 0.25;
/** A step that takes so many times as long as those before does not come at their rate. */
const OVERDUE_STEPS = 2;
const LEVELS = "▁▂▃▄▅▆▇█";

export interface TrainingViewOptions {
  readonly epochs: number;
  /** Absent where AU is not judged: there is no storage, or no demand. */
  readonly requiredPercent: number | undefined;
}

/** What is shown of one run. */
export class TrainingView {
  readonly #options: TrainingViewOptions;
  readonly #rates: number[] = [];
  #latest: SeriesPoint | undefined;
  /** Of the latest second in which a read ended. */
  #latencyText: string | undefined;
  /** Since the latest second in which a step ended. */
  #idleSeconds = 0;
  /** Of the epoch under way, or of the one before until it has begun. */
  #auPercent: number | undefined;

  constructor(options: TrainingViewOptions) {
    this.#options = options;
  }

  /** Takes a second of the run. */
  addPoint(point: SeriesPoint): void {
    if (point.interval_seconds < MIN_INTERVAL_SECONDS) return;
    this.#latest = point;
    this.#idleSeconds = point.samples_per_second > 0 ? 0 : this.#idleSeconds + point.interval_seconds;
    const { read_p50_us: p50Us, read_p99_us: p99Us } = point;
    if (p99Us > 0) {
      this.#latencyText = `reads p50 ${formatNs(p50Us * NS_PER_US)}, p99 ${formatNs(p99Us * NS_PER_US)}`;
    }
    this.#rates.push(point.samples_per_second);
    if (this.#rates.length > MAX_COLUMNS) this.#rates.shift();
  }

  /** Returns three lines for a screen, or one for a log. */
  describe(progress: TrainProgress, screen?: Screen): string | string[] {
    if (progress.phase === "training") this.#auPercent = progress.glance!.auPercent();
    if (screen === undefined) return this.#plainLine(progress);
    const columns = Math.min(screen.columns, MAX_COLUMNS);
    const sized = { ...screen, columns };
    return [this.#stepLine(progress, sized), this.#rateLine(progress, sized), this.#storageLine(sized)];
  }

  #plainLine(progress: TrainProgress): string {
    const figures = isMeasuring(progress)
      ? [
        `${percentOf(progress)} step ${stepText(progress)}`,
        ...this.#auTexts(),
        `${formatCount(this.#samplesPerSecond(progress))} samples/s`,
        ...this.#storageTexts(),
        ...leftTexts(progress, this.#options.epochs),
      ]
      : [];
    return [headOf(progress, this.#options.epochs), figures.join(", ")].join(GAP).trimEnd();
  }

  /** Where the run is: epoch, share with a bar where there is room, step, time left. */
  #stepLine(progress: TrainProgress, { columns, isUnicode }: Screen): string {
    const head = headOf(progress, this.#options.epochs);
    if (!isMeasuring(progress)) return head.slice(0, columns);
    const share = percentOf(progress), step = `step ${stepText(progress)}`;
    const [left = ""] = leftTexts(progress, this.#options.epochs);
    const fixed = [head, share, step, left.padEnd(LEFT_COLUMNS)];
    const barColumns = columns - joinedLength(fixed) - GAP.length;
    if (barColumns < MIN_BAR_COLUMNS) {
      const all = [head, share, step, left];
      return joinFitting((joinedLength(all) <= columns ? all : [head, share, left]).filter(Boolean), columns);
    }
    const bar = barOf(doneShare(progress), { columns: Math.min(barColumns, MAX_BAR_COLUMNS), isUnicode });
    return [head, share, bar, step, left].join(GAP).trimEnd();
  }

  /** How well: AU, rate, and how the rate was in the last seconds. */
  #rateLine(progress: TrainProgress, { columns, isUnicode, paint }: Screen): string {
    const [au = ""] = this.#auTexts();
    const rate = isMeasuring(progress) || this.#latest !== undefined
      ? `${formatCount(this.#samplesPerSecond(progress))} samples/s`
      : "";
    const line = inColumns([au, rate], columns);
    const used = isTable(columns) ? FIRST_COLUMNS + SECOND_COLUMNS : line.length + GAP.length;
    const hasHistory = isUnicode && this.#rates.length > 1 && columns > used;
    const drawn = hasHistory ? line.padEnd(used) + sparklineOf(this.#rates.slice(used - columns)) : line;
    const { requiredPercent } = this.#options;
    if (requiredPercent === undefined || this.#auPercent === undefined) return drawn;
    const number = `${this.#auPercent.toFixed(1)} %`;
    return drawn.replace(number, paint(this.#auPercent >= requiredPercent ? "good" : "bad", number));
  }

  /** Whether it is storage: bytes that were useful and those from the device, and how long reads took. */
  #storageLine({ columns }: Screen): string {
    return inColumns(this.#storageTexts(), columns);
  }

  #auTexts(): string[] {
    if (this.#auPercent === undefined) return [];
    const { requiredPercent } = this.#options;
    const wanted = requiredPercent === undefined ? "" : `, ${requiredPercent.toFixed(0)} % wanted`;
    return [`AU ${this.#auPercent.toFixed(1)} %${wanted}`];
  }

  /** Of the latest second; where steps take longer than that, of the epoch, unless the next step is overdue. */
  #samplesPerSecond({ glance, samplesPerStep }: TrainProgress): number {
    const stepsDone = glance?.stepsDone ?? 0, elapsedSeconds = (glance?.elapsedNs ?? 0) / NS_PER_SECOND;
    const stepSeconds = elapsedSeconds / stepsDone; // infinite before the first
    const isLong = stepSeconds > 1 && this.#idleSeconds < OVERDUE_STEPS * stepSeconds;
    if (this.#latest !== undefined && !(stepsDone > 0 && isLong)) return this.#latest.samples_per_second;
    return stepsDone === 0 ? 0 : samplesPerStep / stepSeconds;
  }

  #storageTexts(): string[] {
    if (this.#latest === undefined) return [];
    const { useful_bytes_per_second, device_bytes_per_second: device } = this.#latest;
    return [
      `${formatBytesPerSecond(useful_bytes_per_second)} useful`,
      device === null ? "device unknown" : `${formatBytesPerSecond(device)} device`,
      ...(this.#latencyText === undefined ? [] : [this.#latencyText]),
    ];
  }
}

function isMeasuring({ glance }: TrainProgress): boolean {
  return glance !== undefined;
}

function headOf({ phase, epoch }: TrainProgress, epochs: number): string {
  const head = `epoch ${epoch}/${epochs}`;
  switch (phase) {
    case "preparing":
      return `${head}  starting the readers`;
    case "evicting":
      return `${head}  dropping the dataset from the page cache`;
    case "evaluation":
      return `${head}, evaluation`;
    case "training":
      return head;
  }
}

/** Returns the share of the steps, or of the time after which the epoch ends. */
function doneShare({ steps, maxEpochNs = 0, glance }: TrainProgress): number {
  const { stepsDone, elapsedNs } = glance!;
  const share = maxEpochNs > 0 ? elapsedNs / maxEpochNs : 0;
  return steps > 0 ? Math.min(1, Math.max(share, stepsDone / steps)) : 1;
}

function percentOf(progress: TrainProgress): string {
  return `${String(Math.floor(doneShare(progress) * 100)).padStart(3)} %`;
}

function stepText({ steps, glance }: TrainProgress): string {
  return `${String(glance!.stepsDone).padStart(String(steps).length)}/${steps}`;
}

/** Returns the time left of the epochs and of what prepares them, or of an evaluation; nothing while it is not known. */
function leftTexts(progress: TrainProgress, epochs: number): string[] {
  const { phase, epoch, setUpNs = 0, glance } = progress, share = doneShare(progress);
  if (share === 0) return [];
  const epochsLeft = phase === "evaluation" ? 0 : epochs - epoch;
  const epochNs = glance!.elapsedNs / share;
  return [`${formatNs((1 - share) * epochNs + epochsLeft * (epochNs + setUpNs))} left`];
}

function barOf(
  share: number,
  { columns, isUnicode }: { readonly columns: number; readonly isUnicode: boolean },
): string {
  const [done, open] = isUnicode ? "━─" : "=-";
  const doneColumns = Math.floor(share * columns);
  return done.repeat(doneColumns) + open.repeat(columns - doneColumns);
}

/** Returns a character for each value, its height the share of the largest. */
export function sparklineOf(values: readonly number[]): string {
  const largest = Math.max(...values);
  return values.map((value) => {
    const level = largest > 0 ? Math.ceil(value / largest * LEVELS.length) - 1 : 0;
    return LEVELS[Math.max(0, level)];
  }).join("");
}

function isTable(columns: number): boolean {
  return columns >= TABLE_COLUMNS;
}

/** Returns parts in columns that stay where they are, or close together on a narrow screen. */
function inColumns(parts: readonly string[], columns: number): string {
  if (!isTable(columns)) return joinFitting(parts.filter((part) => part !== ""), columns);
  const [first = "", second = "", ...others] = parts;
  return joinFitting([
    first.padEnd(FIRST_COLUMNS - GAP.length),
    second.padEnd(SECOND_COLUMNS - GAP.length),
    ...others,
  ], columns)
    .trimEnd();
}

function joinedLength(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, (parts.length - 1) * GAP.length);
}

/** Returns as many of the parts as fit on a line, at least a piece of the first. */
function joinFitting(parts: readonly string[], columns: number): string {
  let count = parts.length;
  while (count > 1 && joinedLength(parts.slice(0, count)) > columns) count--;
  return parts.slice(0, count).join(GAP).slice(0, columns);
}
