// What measuring costs: the DLRM rate with everything that a run measures, and with what it needs alone (run --bare).
import { runWorkload } from "./dlrm.ts";
import { median, printRow, spread } from "./tools.ts";

const OVERRIDES = ["train.computation_time=0", "reader.prefetch_size=64"];
const MAX_PERCENT = 2;

/** Compares samples per second from the page cache, `rounds` times in turn. */
export function benchInstrumentation(dataDir: string, rounds: number): void {
  const full: number[] = [], bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    full.push(runWorkload(dataDir, OVERRIDES).samplesPerSecond);
    bare.push(runWorkload(dataDir, OVERRIDES, { flags: ["--bare"] }).samplesPerSecond);
  }
  const costPercents = full.map((rate, round) => (1 - rate / bare[round]) * 100);
  printRow({
    what: "DLRM rate that measuring costs",
    measured: `${spread(costPercents)} %`,
    target: `<= ${MAX_PERCENT} %`,
    ok: median(costPercents) <= MAX_PERCENT,
  });
  const millions = (rates: readonly number[]) => `${spread(rates.map((rate) => rate / 1e6))} M samples/s`;
  printRow({ what: "  measured in full", measured: millions(full), target: "" });
  printRow({ what: "  run --bare", measured: millions(bare), target: "" });
}
