// Numbers for people. Inside the program time is nanoseconds and size is bytes; they are converted here, at print.

export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
export const NS_PER_US = 1e3;
export const NS_PER_MS = 1e6;
export const NS_PER_SECOND = 1e9;

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const COUNT_UNITS = ["", "k", "M", "G", "T"];

/** Returns three significant digits: 4.88, 48.8, 488, 4880. */
export function formatSignificant(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const magnitude = Math.abs(value);
  if (magnitude >= 99.95 || magnitude === 0) return value.toFixed(0);
  return value.toFixed(magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3);
}

function scaled(value: number, base: number, units: readonly string[]): [string, string] {
  let unit = 0;
  while (Math.abs(value) >= base * 0.9995 && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return [formatSignificant(value), units[unit]];
}

/** Returns a size in binary units: "1.95 GiB". */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, BYTE_UNITS).join(" ");
}

/** Returns a rate in binary units: "4.88 GiB/s". */
export function formatBytesPerSecond(bytesPerSecond: number): string {
  return formatBytes(bytesPerSecond) + "/s";
}

/** Returns a count in decimal units: "32.8 M". */
export function formatCount(count: number): string {
  return scaled(count, 1000, COUNT_UNITS).join(" ").trimEnd();
}

/** Returns a count with all its digits in groups of three: "1,966,080". */
export function formatInteger(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** Returns a duration from nanoseconds in the unit that reads best: "375 us", "1.35 s", "2 min 05 s", "3 h 10 min". */
export function formatNs(ns: number): string {
  if (ns < 0.9995 * NS_PER_US) return `${ns.toFixed(0)} ns`;
  if (ns < 0.9995 * NS_PER_MS) return `${formatSignificant(ns / NS_PER_US)} us`;
  if (ns < 0.9995 * NS_PER_SECOND) return `${formatSignificant(ns / NS_PER_MS)} ms`;
  if (ns < 59.95 * NS_PER_SECOND) return `${formatSignificant(ns / NS_PER_SECOND)} s`;
  const seconds = Math.round(ns / NS_PER_SECOND);
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${twoDigits(Math.floor((seconds % 3600) / 60))} min`;
}
