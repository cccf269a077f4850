import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  describeBlockDevice,
  parseBlockStat,
  readBlockDeviceCounters,
} from "../../lib/storage/block_device.ts";
import { type MountFacts, mountOf } from "../../lib/storage/mounts.ts";
import { withFolder, withTmpfs } from "../helpers/datasets.ts";
import { withLoopMount } from "../helpers/loop_device.ts";

const STAT =
  " 2662716    45802 170248841  3662220  2085852   453138 498652816  9195898        0  1009356 13461831\n";

test("parseBlockStat() counts sectors of 512 bytes and milliseconds, with and without later kernels' fields", () => {
  const counters = {
    name: "vda",
    readBytes: 170248841 * 512,
    writtenBytes: 498652816 * 512,
    busyNs: 1009356e6,
  };
  assert.deepEqual(parseBlockStat("vda", STAT), counters);
  assert.deepEqual(
    parseBlockStat("vda", `${STAT.trim()} 587738 81 486552976 256852 655890 346860`),
    counters,
  );
});

test("parseBlockStat() knows nothing from other texts", () => {
  for (const text of ["", "1 2 3", "a b c d e f g h i j k l"]) {
    assert.equal(parseBlockStat("x", text), undefined, text);
  }
});

function mountWith(changes: Partial<MountFacts>): MountFacts {
  return {
    mountPoint: "/mnt",
    root: "/",
    fstype: "ext4",
    source: "/dev/sda",
    options: "rw",
    majorMinor: "0:99",
    ...changes,
  };
}

test("readBlockDeviceCounters() and describeBlockDevice() know nothing of filesystems without a device", () => {
  const mounts = [
    mountWith({ fstype: "overlay", source: "overlay" }),
    mountWith({ fstype: "nfs4", source: "server:/export" }),
    mountWith({ source: "/dev/mlps-none" }),
    mountWith({ majorMinor: "4095:1" }),
  ];
  for (const mount of mounts) {
    assert.equal(readBlockDeviceCounters(mount), undefined, mount.source);
    assert.equal(describeBlockDevice(mount), null, mount.source);
  }
});

test("describeBlockDevice() finds the temporary folder's device by its number, and by its name", (t: TestContext) => {
  const mount = mountOf(tmpdir());
  if (mount === undefined || mount.majorMinor.startsWith("0:")) {
    return t.skip("the temporary folder is on no block device");
  }
  const device = describeBlockDevice(mount)!;
  const devices = fs.readFileSync("/proc/partitions", "utf8").split("\n").map((line) =>
    line.trim().split(/\s+/)
  );
  const [major, minor] = mount.majorMinor.split(":");
  assert.deepEqual(devices.find((fields) => fields[0] === major && fields[1] === minor)?.[3], device.name);
  assert.ok([512, 4096].includes(device.logical_block_bytes!), `${device.logical_block_bytes}`);
  assert.ok(device.read_ahead_kib! >= 0 && device.queue_depth! > 0 && typeof device.rotational === "boolean");
  assert.match(device.scheduler!, /^[\w-]+$/);
  assert.ok(readBlockDeviceCounters(mount)!.writtenBytes > 0);
  if (!fs.existsSync(mount.source)) return;
  assert.deepEqual(describeBlockDevice({ ...mount, majorMinor: "0:99" }), device);
});

test("describeBlockDevice() says that a loop device may deliver from memory: its file's, or the page cache's", async (t: TestContext) => {
  const memoryOf = async (parent: string, direct: boolean) => {
    let memory: string | null | undefined;
    const obstacle = await withLoopMount({ parent, bytes: 16 * 2 ** 20 }, ({ folder, device }) => {
      // loop-control(4): LOOP_SET_DIRECT_IO
      if (direct) execFileSync("losetup", ["--direct-io=on", `/dev/${device}`]);
      memory = describeBlockDevice(mountOf(folder)!)!.memory;
      return Promise.resolve();
    });
    return { memory, obstacle };
  };
  const skipped = await withFolder(async (folder) => {
    const cached = await memoryOf(join(folder, "cached"), false);
    if (cached.obstacle !== undefined) return cached.obstacle;
    assert.match(cached.memory!, /^loop\d+ is the file ".*cached\/image", read through the page cache/);
    // Its direct reads are known to work.
    if (mountOf(folder)!.fstype === "ext4") {
      assert.equal((await memoryOf(join(folder, "direct"), true)).memory, null);
    }
    return undefined;
  });
  const reason = skipped ?? await withTmpfs("size=64m", async (folder) => {
    const { memory } = await memoryOf(join(folder, "sub"), false);
    assert.match(memory!, /^loop\d+ is the file ".*sub\/image", which lies in memory \(tmpfs\)$/);
  });
  if (reason !== undefined) t.skip(reason);
});
