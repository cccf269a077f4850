import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { filesystemName, findMount, mountOf, parseMounts } from "../../lib/storage/mounts.ts";
import { mountTmpfs, withFolder, withTmpfs } from "../helpers/datasets.ts";

const MOUNTINFO = String.raw`22 27 0:21 / /proc rw,nosuid,relatime shared:12 - proc proc rw
27 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
31 27 0:40 / /mnt rw,relatime - autofs systemd-1 rw,fd=46
32 27 0:41 /export /mnt rw,relatime shared:7 master:3 - nfs4 server:/export rw,vers=4.2,nconnect=16
40 27 0:52 /@data /mnt/with\040space ro,noatime - btrfs /dev/sdb rw,subvol=/@data
41 27 8:32 /sub\134folder /bind\011tab rw - xfs /dev/sdc ro,noquota
42 27 0:60 / /odd\043name\012 rw - tmpfs  rw,size=4k
43 27 0:61 / /mnt2 rw - fuse.sshfs a-b:/c - rw
broken line
`;

test("parseMounts() reads escapes, optional fields, bind mounts and a source that is empty or has spaces", () => {
  const mounts = parseMounts(MOUNTINFO);
  assert.equal(mounts.length, 8);
  assert.deepEqual(mounts[1], {
    mountPoint: "/",
    root: "/",
    fstype: "ext4",
    source: "/dev/nvme0n1p2",
    options: "rw,relatime,errors=remount-ro",
    majorMinor: "259:2",
  });
  const rows = mounts.map(({ mountPoint, root, fstype, source }) => [mountPoint, root, fstype, source]);
  assert.deepEqual(rows.slice(3, 8), [
    ["/mnt", "/export", "nfs4", "server:/export"],
    ["/mnt/with space", "/@data", "btrfs", "/dev/sdb"],
    ["/bind\ttab", "/sub\\folder", "xfs", "/dev/sdc"],
    ["/odd#name\n", "/", "tmpfs", ""],
    ["/mnt2", "/", "fuse.sshfs", "a-b:/c"],
  ]);
});

test("parseMounts() says ro where the mount or the filesystem is, and each option once", () => {
  const options = parseMounts(MOUNTINFO).map((mount) => mount.options);
  assert.equal(options[3], "rw,relatime,vers=4.2,nconnect=16");
  assert.equal(options[4], "ro,noatime,subvol=/@data");
  assert.equal(options[5], "ro,noquota");
});

test("findMount() takes the longest mount point, the last of equal ones, and whole names alone", () => {
  const mounts = parseMounts(MOUNTINFO);
  const table: [string, string, string][] = [
    ["/", "/", "ext4"],
    ["/home/user", "/", "ext4"],
    ["/mnt", "/mnt", "nfs4"],
    ["/mnt/data/train", "/mnt", "nfs4"],
    ["/mnt/with space/x", "/mnt/with space", "btrfs"],
    ["/mnt/with", "/mnt", "nfs4"],
    ["/mnt23", "/", "ext4"],
    ["/mnt2/x", "/mnt2", "fuse.sshfs"],
    ["/proc/1", "/proc", "proc"],
  ];
  for (const [path, mountPoint, fstype] of table) {
    const found = findMount(mounts, path);
    assert.deepEqual([found?.mountPoint, found?.fstype], [mountPoint, fstype], path);
  }
  assert.equal(findMount([], "/"), undefined);
});

test("mountOf() knows this system: what lies on a device has the device's number, what is not there its parent's", () => {
  assert.deepEqual([mountOf("/proc/self")?.mountPoint, mountOf("/proc/self")?.fstype], ["/proc", "proc"]);
  withFolder((folder) => {
    const mount = mountOf(folder)!;
    assert.deepEqual(mountOf(join(folder, "none/of/these")), mount);
    fs.symlinkSync("/proc", join(folder, "link"));
    assert.equal(mountOf(join(folder, "link/self"))?.fstype, "proc");
    if (mount.majorMinor.startsWith("0:")) return;
    const { dev } = fs.statSync(folder);
    const major = (dev >> 8) & 0xfff, minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
    assert.equal(mount.majorMinor, `${major}:${minor}`);
  });
});

test("mountOf() sees a mount on another, in a folder with a space", async (t: TestContext) => {
  const obstacle = await withTmpfs("size=1m", (folder) => {
    const inner = join(folder, "with space");
    fs.mkdirSync(inner);
    assert.equal(mountTmpfs("size=2m,ro", inner), undefined);
    try {
      const mount = mountOf(join(inner, "file"))!;
      assert.equal(mount.mountPoint, inner);
      assert.match(mount.options, /^ro,.*size=2048k/);
      assert.equal(filesystemName(join(inner, "file")), `tmpfs (${inner})`);
      assert.equal(mountOf(folder)?.mountPoint, folder);
    } finally {
      Bun.spawnSync(["umount", inner]);
    }
  });
  if (obstacle !== undefined) t.skip(obstacle);
});
