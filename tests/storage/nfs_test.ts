import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServerReadBytes, readNfsCounters } from "../../lib/storage/nfs.ts";
import { mountOf } from "../../lib/storage/mounts.ts";

function mountStats(mountPoint: string, serverReadBytes: number): string {
  return `device server:/export mounted on ${mountPoint} with fstype nfs4 statvers=1.1
\topts:\trw,vers=4.2,rsize=1048576,wsize=1048576
\tage:\t4273
\tevents:\t1 2 3 4 5 6 7 8 9
\tbytes:\t1000 2000 300 400 ${serverReadBytes} 600 7 8
\tRPC iostats version: 1.1  p/v: 100003/4 (nfs)
\txprt:\ttcp 0 0 1 0 0 5 5 0 5 0 2 0 0
`;
}

const MOUNTSTATS = `device proc mounted on /proc with fstype proc
device /dev/sda mounted on /mnt/disk with fstype ext4
${mountStats("/mnt", 1)}${mountStats("/mnt/data", 5_000_000_000_000)}${
  mountStats(String.raw`/mnt/with\040space`, 3)
}device tmpfs mounted on /tmp with fstype tmpfs
${mountStats("/mnt", 4)}`;

test("parseServerReadBytes() takes what came from the server of that mount, the last one there", () => {
  const table: [string, number | undefined][] = [
    ["/mnt/data", 5_000_000_000_000],
    ["/mnt/with space", 3],
    ["/mnt", 4],
    ["/mnt/disk", undefined],
    ["/mnt/dat", undefined],
    ["/", undefined],
  ];
  for (const [mountPoint, bytes] of table) {
    assert.equal(parseServerReadBytes(MOUNTSTATS, mountPoint), bytes, mountPoint);
  }
  assert.equal(
    parseServerReadBytes("device a:/b mounted on /mnt with fstype nfs statvers=1.1\n\tage:\t1\n", "/mnt"),
    undefined,
  );
});

test("readNfsCounters() knows nothing of other filesystems", () => {
  assert.equal(readNfsCounters(mountOf("/proc")!), undefined);
});
