// DLRM with four readers from the device itself, with and without io_uring, beside what the device gives fio.
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
