import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { probeClock, probeTimer } from "../../lib/storage/clock_probe.ts";
import { probeFolder, readSpace } from "../../lib/storage/folder_probe.ts";
import { parseAvailableBytes, parseLimit, probeHost } from "../../lib/storage/host_probe.ts";
import { findLargeFiles } from "../../lib/storage/large_files.ts";
import { findMpiLaunchers, findMpiLibraries, parseLinkerCache } from "../../lib/storage/mpi_libraries.ts";
import { withTemporaryFile } from "../../lib/storage/temporary_file.ts";

const MIB = 2 ** 20;
const signal = new AbortController().signal;

async function inFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-doctor-"));
  try {
    await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

test("probeClock() finds a clock that tells microseconds apart", () => {
  const { source, resolution_ns, step_ns, call_ns } = probeClock();
  assert.ok(source === null || /^[\w-]+$/.test(source));
  assert.ok(
    resolution_ns >= 1 && step_ns >= 1 && step_ns < 1e6 && call_ns > 0,
    `${resolution_ns} ${step_ns}`,
  );
});

test("probeTimer() orders what it found", () => {
  const { wait_ns, late_p50_ns, late_max_ns } = probeTimer();
  assert.equal(wait_ns, 1e6);
  assert.ok(late_p50_ns > 0 && late_p50_ns <= late_max_ns);
});

test("probeHost() tells the load of the host, and its limits", async () => {
  const facts = await probeHost(signal);
  assert.ok(facts.busy_percentage! >= 0 && facts.busy_percentage! <= 100);
  assert.ok(facts.available_memory_bytes! > 0);
  assert.equal(facts.is_root, process.geteuid!() === 0);
});

test("parseLimit() and parseAvailableBytes() read the kernel's texts", () => {
  const limits = "Limit                     Soft Limit           Hard Limit           Units     \n" +
    "Max open files            1024                 524288               files     \n" +
    "Max locked memory         unlimited            unlimited            bytes     \n";
  assert.deepEqual(parseLimit(limits, "Max open files"), { soft: 1024, hard: 524288 });
  assert.deepEqual(parseLimit(limits, "Max locked memory"), { soft: null, hard: null });
  assert.deepEqual(parseLimit("", "Max open files"), { soft: null, hard: null });
  assert.equal(parseAvailableBytes("MemTotal: 9 kB\nMemAvailable:   1024 kB\n"), MIB);
  assert.equal(parseAvailableBytes("MemTotal: 9 kB\n"), null);
});

test("findMpiLibraries() finds each library once, by the linker's cache and by folders", () =>
  inFolder((folder) => {
    const library = join(folder, "libmpi.so.40.30.4");
    for (const name of ["libmpi.so.40.30.4", "libmpi_cxx.so.40", "libmpich.so.12", "libc.so.6", "mpirun"]) {
      fs.writeFileSync(join(folder, name), "");
    }
    fs.symlinkSync(library, join(folder, "libmpi.so.40"));
    const found = findMpiLibraries({ LD_LIBRARY_PATH: `/missing::${folder}` });
    assert.deepEqual(found.filter((path) => path.startsWith(folder)), [
      library,
      join(folder, "libmpich.so.12"),
    ]);
    assert.deepEqual(findMpiLaunchers({ PATH: `/missing:${folder}` }), [join(folder, "mpirun")]);
    const cache =
      "glibc-ld.so.cache1.1\0x\0libmpi.so.40\0/opt/mpi/lib/libmpi.so.40\0/lib/libmpi_mpifh.so.40\0" +
      "/lib/libmpi_abi.so.1\0/lib/libc.so.6\0";
    assert.deepEqual(parseLinkerCache(cache), ["/opt/mpi/lib/libmpi.so.40", "/lib/libmpi_abi.so.1"]);
  }));

test("withTemporaryFile() writes random bytes, and leaves nothing after use, failure or interruption", () =>
  inFolder(async (folder) => {
    await withTemporaryFile(folder, { bytes: 3 * MIB }, (path, fileBytes) => {
      assert.equal(fileBytes, 3 * MIB);
      const bytes = fs.readFileSync(path);
      assert.notDeepEqual(bytes.subarray(0, MIB), bytes.subarray(MIB, 2 * MIB));
    });
    await assert.rejects(
      withTemporaryFile(folder, { bytes: MIB }, () => Promise.reject(new Error("no"))),
      /^Error: no/,
    );
    const interruption = new AbortController();
    interruption.abort(new Error("stop"));
    const options = { bytes: MIB, signal: interruption.signal };
    await assert.rejects(withTemporaryFile(folder, options, () => {}), /^Error: stop/);
    assert.deepEqual(fs.readdirSync(folder), []);
  }));

test("withTemporaryFile() ends early where writing takes too long, at a whole block", () =>
  inFolder(async (folder) => {
    await withTemporaryFile(folder, { bytes: 4096 * MIB, maxMs: 20 }, (_path, fileBytes) => {
      assert.ok(fileBytes < 4096 * MIB && fileBytes % MIB === 0, `${fileBytes}`);
    });
  }));

test("findLargeFiles() finds the largest files, in subfolders too, and follows no link", () =>
  inFolder(async (folder) => {
    fs.mkdirSync(join(folder, "train"));
    const sizes: Record<string, number> = { "a": 5, "train/b": 9, "train/c": 3, "d": 7 };
    for (const [name, bytes] of Object.entries(sizes)) fs.truncateSync(makeFile(join(folder, name)), bytes);
    fs.symlinkSync("/", join(folder, "link"));
    const names = async (minBytes: number, maxFiles: number) =>
      (await findLargeFiles(folder, { minBytes, maxFiles, signal })).map(({ path }) =>
        path.slice(folder.length + 1)
      );
    assert.deepEqual(await names(1, 10), ["train/b", "d", "a", "train/c"]);
    assert.deepEqual(await names(5, 2), ["train/b", "d"]);
    assert.deepEqual(await names(10, 2), []);
  }));

function makeFile(path: string): string {
  fs.writeFileSync(path, "");
  return path;
}

test("probeFolder() tries a file of its own, or one that lies there, and leaves no other", () =>
  inFolder(async (folder) => {
    assert.ok(readSpace(folder).free_bytes! > 0);
    const own = await probeFolder(folder, { writable: true, existing: [], signal });
    assert.equal(own?.file, "temporary");
    assert.equal(own?.accounting.read_bytes, MIB);
    assert.deepEqual(fs.readdirSync(folder), []);

    assert.equal(await probeFolder(folder, { writable: false, existing: [], signal }), null);
    const path = join(folder, "there");
    fs.writeFileSync(path, new Uint8Array(MIB));
    const before = fs.readFileSync(path);
    const other = await probeFolder(folder, { writable: false, existing: [{ path, bytes: MIB }], signal });
    assert.equal(other?.file, "existing");
    assert.deepEqual(fs.readFileSync(path), before);
    assert.deepEqual(fs.readdirSync(folder), ["there"]);
  }));
