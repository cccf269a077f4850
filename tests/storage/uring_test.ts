import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { ptr } from "bun:ffi";
import { Uring, UringError } from "../../lib/storage/uring.ts";
import { withFolder } from "../helpers/datasets.ts";
import { countOpenRings, uringTest } from "../helpers/uring.ts";

const EBADF = -9; // asm-generic/errno-base.h

const PROBE_PROGRAM = fileURLToPath(new URL("uring_probe_program.ts", import.meta.url).href);
const DENY = fileURLToPath(new URL("../helpers/deny_syscalls.py", import.meta.url).href);

/** Runs `use` with a ring. */
function withRing(entries: number, use: (ring: Uring) => void): void {
  const ring = new Uring(entries);
  try {
    use(ring);
  } finally {
    ring.close();
  }
}

uringTest("Uring has room for what is asked, in powers of two", () => {
  for (const [asked, entries] of [[1, 1], [3, 4], [40, 64], [256, 256]]) {
    withRing(asked, (ring) => assert.equal(ring.entries, entries));
  }
});

uringTest("Uring gives each completion its user data, through many turns of the rings", () => {
  withRing(8, (ring) => {
    let sent = 0;
    const seen: number[] = [];
    while (seen.length < 1000) {
      for (let i = 0; i <= sent % 8; i++) ring.prepareNop(sent++);
      const prepared = ring.numPrepared;
      ring.enter(prepared);
      assert.equal(ring.numPrepared, 0);
      assert.equal(ring.numCompleted(), prepared);
      for (let place = 0; place < prepared; place++) {
        assert.equal(ring.resultAt(place), 0);
        seen.push(ring.userDataAt(place));
      }
      ring.advance(prepared);
      assert.equal(ring.numCompleted(), 0);
    }
    assert.deepEqual(seen.toSorted((a, b) => a - b), Array.from({ length: sent }, (_, i) => i));
  });
});

uringTest("Uring reads where a file has more than 4 GiB", () => {
  withRing(2, (ring) =>
    withFolder((folder) => {
      const path = `${folder}/sparse`, offset = 5 * 2 ** 32 + 4095;
      const fd = fs.openSync(path, "w+");
      fs.writeSync(fd, "behind the hole", offset);
      const into = new Uint8Array(4096);
      ring.prepareRead(7, fd, offset, Number(ptr(into)), 100);
      ring.enter(1);
      assert.equal(ring.userDataAt(0), 7);
      assert.equal(Buffer.from(into.subarray(0, ring.resultAt(0))).toString(), "behind the hole");
      fs.closeSync(fd);
    }));
});

uringTest("Uring tells which operation failed, and does those around it", () => {
  withRing(4, (ring) => {
    const into = new Uint8Array(4096);
    ring.prepareNop(1);
    ring.prepareRead(2, 1_000_000, 0, Number(ptr(into)), 10);
    ring.prepareNop(3);
    ring.enter(3);
    const results = [0, 1, 2].map((place) => [ring.userDataAt(place), ring.resultAt(place)]);
    assert.deepEqual(results.toSorted(([a], [b]) => a - b), [[1, 0], [2, EBADF], [3, 0]]);
  });
});

uringTest("Uring refuses what the kernel refuses, by the system's name", () => {
  assert.throws(() => new Uring(0), (error: Error) => {
    assert.ok(error instanceof UringError);
    assert.equal(error.message, "io_uring_setup: EINVAL");
    return true;
  });
});

uringTest("10,000 rings leave no descriptor and no memory behind", () => {
  const numMappings = () => fs.readFileSync("/proc/self/maps", "utf8").split("[io_uring]").length - 1;
  const openAndClose = (count: number) => {
    for (let i = 0; i < count; i++) {
      const ring = new Uring(64);
      ring.prepareNop(i);
      ring.enter(1);
      assert.equal(ring.userDataAt(0), i);
      ring.close();
    }
  };
  openAndClose(500);
  Bun.gc(true);
  const ringsBefore = countOpenRings(), mappingsBefore = numMappings(), rssBefore = process.memoryUsage.rss();
  openAndClose(10_000);
  Bun.gc(true);
  assert.equal(countOpenRings(), ringsBefore);
  assert.equal(numMappings(), mappingsBefore);
  // 4 KiB that each left behind would be 40 MiB.
  assert.ok(process.memoryUsage.rss() - rssBefore < 40 << 20);
});

uringTest("probeUring() tells why io_uring is not to be had", (t) => {
  // Which system call is refused with which error, what is said.
  const table = [
    ["io_uring_setup:EPERM", "a filter of system calls (seccomp, as in a container) forbids it"],
    ["io_uring_setup:ENOSYS", "the kernel has no io_uring (Linux 5.6 is needed), or a container hides it"],
    ["io_uring_setup:ENOMEM", "it may lock no more memory (raise `ulimit -l`)"],
    ["io_uring_enter:EPERM", "a filter of system calls (seccomp, as in a container) forbids it"],
    ["io_uring_register:EINVAL", "the kernel's io_uring cannot read files yet (Linux 5.6 is needed)"],
    ["none", "it can be used"],
  ];
  for (const [filter, said] of table) {
    const args = [DENY, filter, process.execPath, PROBE_PROGRAM];
    const { status, stdout, stderr } = spawnSync("python3", args, { encoding: "utf8" });
    if (status === 77) return t.skip(stderr.trim());
    assert.equal(stdout.trim(), said, `${filter}: ${stderr}`);
  }
});

uringTest("probeUring() tells a filter of system calls from the kernel's own switch", (t) => {
  // The switch of this host stays as it is: the program sees another file in its place.
  withFolder((folder) => {
    const hidden = `${folder}/io_uring_disabled`;
    for (
      const [value, said] of [["2", "kernel.io_uring_disabled forbids it"], ["0", "a filter of system calls"]]
    ) {
      fs.writeFileSync(hidden, `${value}\n`);
      const mount = `mount --bind ${hidden} /proc/sys/kernel/io_uring_disabled || exit 77; exec "$@"`;
      const args = ["--mount", "sh", "-c", mount, "sh", "python3", DENY, "io_uring_setup:EPERM"];
      const { status, stdout, stderr } = spawnSync("unshare", [...args, process.execPath, PROBE_PROGRAM], {
        encoding: "utf8",
      });
      if (status !== 0) return t.skip(`no file can be put in the place of another: ${stderr.trim()}`);
      assert.ok(stdout.startsWith(said), stdout);
    }
  });
});
