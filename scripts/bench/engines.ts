// DLRM with four readers from the device itself, with and without io_uring, beside what the device gives fio.
import fs from "node:fs";
import { withFuse } from "../../tests/helpers/fuse.ts";
import { runWorkload } from "./dlrm.ts";
import { parquetPaths, readWithFio } from "./fio_ranges.ts";
import { median, printRow, spread } from "./tools.ts";

/** Compares AU around the page cache and through an empty one, `rounds` times in turn. */
export function benchEngines(dataDir: string, rounds: number): void {
  for (const how of ["reader.odirect=true", "reader.page_cache=evict"]) {
    const auto: number[] = [], psync: number[] = [], rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const figures = runWorkload(dataDir, [how], { epochs: 1 });
      auto.push(figures.au);
      rates.push(figures.requestedBytesPerSecond / 1e9);
      psync.push(runWorkload(dataDir, [how, "reader.io_engine=psync"], { epochs: 1 }).au);
    }
    const ok = median(auto) > median(psync);
    printRow({ what: `AU, ${how}, 4 readers`, measured: `${spread(auto)} %`, target: "above psync", ok });
    printRow({ what: "  with reader.io_engine=psync", measured: `${spread(psync)} %`, target: "" });
    printRow({ what: "  bytes asked for", measured: `${spread(rates, 2)} GB/s`, target: "" });
  }
  const limits = Array.from({ length: rounds }, () =>
    readWithFio([
      "--ioengine=io_uring",
      "--iodepth=40",
      "--numjobs=4",
      "--direct=1",
      "--rw=randread",
      "--bs=24k",
      "--time_based",
      "--runtime=2",
      "--name=limit",
      `--filename=${parquetPaths(dataDir)[0]}`,
    ]) / 1e9);
  printRow({
    what: "the device by fio: 24 KiB, random, 4 x 40 deep",
    measured: `${spread(limits, 2)} GB/s`,
    target: "",
  });
}

/** Compares what `auto` does with a dataset in the page cache with psync, `rounds` times in turn. */
export function benchEnginesInMemory(dataDir: string, rounds: number): void {
  const au: Record<"auto" | "psync", number[]> = { auto: [], psync: [] };
  const perCore: typeof au = { auto: [], psync: [] };
  const measure = (engine: keyof typeof au) => {
    const figures = runWorkload(dataDir, [`reader.io_engine=${engine}`]);
    au[engine].push(figures.au);
    perCore[engine].push(figures.samplesPerSecond / figures.cores / 1e6);
  };
  for (let round = 0; round < rounds; round++) {
    for (const engine of round % 2 === 0 ? ["auto", "psync"] as const : ["psync", "auto"] as const) {
      measure(engine);
    }
  }
  for (const [what, unit, of] of [["AU", "%", au], ["samples/s per core", "M", perCore]] as const) {
    const ratios = of.auto.map((value, round) => value / of.psync[round]);
    const ok = median(of.auto) >= median(of.psync) && median(ratios) >= 1;
    printRow({
      what: `${what} in the page cache, auto`,
      measured: `${spread(of.auto)} ${unit}`,
      target: "not below psync",
      ok,
    });
    printRow({ what: "  with reader.io_engine=psync", measured: `${spread(of.psync)} ${unit}`, target: "" });
    printRow({ what: "  auto / psync of each round", measured: `${spread(ratios, 3)} x`, target: "" });
  }
}

const DELAY_MS = 1, DEPTH = 40;

/**
 * Compares one reader with and without io_uring on a storage that answers every read after a millisecond, any number of
 * them at a time: what a device allows whose parallelism is no limit. Needs root.
 */
export async function benchParallelStorage(dataDir: string, rounds: number): Promise<void> {
  const ring: number[] = [], psync: number[] = [];
  const refusal = await withFuse(dataDir, { delayMs: DELAY_MS }, (slow) => {
    const rate = (...overrides: string[]) =>
      runWorkload(slow, [
        "workflow.generate_data=false",
        "reader.odirect=true",
        "reader.read_threads=1",
        "train.max_epoch_seconds=5",
        ...overrides,
      ], { epochs: 1 }).requestedBytesPerSecond / 1e6;
    for (let round = 0; round < rounds; round++) {
      ring.push(rate("reader.io_engine=io_uring", `reader.io_depth=${DEPTH}`));
      psync.push(rate("reader.io_engine=psync"));
    }
    fs.rmSync(`${slow}.results`, { recursive: true });
  });
  const what = `1 reader, ${DELAY_MS} ms a read, any number at a time: io_uring ${DEPTH} deep / psync`;
  if (refusal !== undefined) return printRow({ what, measured: `skipped: ${refusal}`, target: "" });
  const ratios = ring.map((value, round) => value / psync[round]);
  printRow({ what, measured: `${spread(ratios)} x`, target: ">= 2", ok: median(ratios) >= 2 });
  printRow({ what: "  bytes asked for, io_uring", measured: `${spread(ring)} MB/s`, target: "" });
  printRow({ what: "  bytes asked for, psync", measured: `${spread(psync)} MB/s`, target: "" });
}
