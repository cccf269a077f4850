"""A folder seen through a filesystem that is slow, narrow or broken, to try programs on bad storage.

    python3 fuse_server.py MOUNTPOINT BACKING_DIR [--delay-ms N] [--rate MIBPS] [--eio-after BYTES] [--threads N]

It speaks the protocol of linux/fuse.h to /dev/fuse itself, read-only, and needs root but no library. It prints
"ready" when the folder is mounted and serves until SIGTERM, SIGINT or `umount MOUNTPOINT`. Its exit code is 77,
with the reason on stderr, where this host lets nobody mount.
"""

import argparse
import ctypes
import errno
import os
import signal
import stat
import struct
import sys
import threading
import time

MS_RDONLY, MS_NOSUID, MS_NODEV = 1, 2, 4  # linux/mount.h
MNT_FORCE, MNT_DETACH = 1, 2
CANNOT_MOUNT_EXIT_CODE = 77

# Opcodes, flags and structures of linux/fuse.h.
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, ACCESS = 25, 26, 27, 28, 29, 34
INTERRUPT, DESTROY, BATCH_FORGET = 36, 38, 42
FUSE_ASYNC_READ, FUSE_PARALLEL_DIROPS, FUSE_ASYNC_DIO, FUSE_MAX_PAGES = 1 << 0, 1 << 18, 1 << 15, 1 << 22
IN_HEADER = struct.Struct("=IIQQIIIHH")
OUT_HEADER = struct.Struct("=IiQ")
INIT_IN = struct.Struct("=IIII")
INIT_OUT = struct.Struct("=IIIIHHIIHH32x")
ATTR = struct.Struct("=QQQQQQIIIIIIIIII")
ENTRY_OUT = struct.Struct("=QQQQII")
ATTR_OUT = struct.Struct("=QII")
OPEN_OUT = struct.Struct("=QII")
READ_IN = struct.Struct("=QQIIQII")
DIRENT = struct.Struct("=QQII")
STATFS_OUT = struct.Struct("=QQQQQIIII24x")

PROTOCOL_MAJOR, PROTOCOL_MINOR = 7, 31
ROOT_NODE = 1
ATTR_VALID_SECONDS = 1
REQUEST_BYTES = 1 << 16
MAX_PAGES = 256  # of 4 KiB: 1 MiB a read
MAX_WRITE_BYTES = 4096  # nothing is written, but a request has to have room for it
MAX_BACKGROUND = 512


class Pace:
    """Says when a read may be answered: a delay that overlaps between reads, and a rate that they share."""

    def __init__(self, delay_ms, rate_mibps, eio_after_bytes):
        self.delay_seconds = delay_ms / 1e3
        self.bytes_per_second = rate_mibps * (1 << 20)
        self.eio_after_bytes = eio_after_bytes
        self.served_bytes = 0
        self.free_at = 0.0
        self.lock = threading.Lock()

    def wait(self, begin, num_bytes):
        """Sleeps as long as the read takes that began at `begin`; raises EIO once enough bytes were served."""
        answer_at = begin + self.delay_seconds
        with self.lock:
            if self.eio_after_bytes is not None and self.served_bytes + num_bytes > self.eio_after_bytes:
                raise OSError(errno.EIO, "as asked for by --eio-after")
            self.served_bytes += num_bytes
            if self.bytes_per_second > 0:
                self.free_at = max(self.free_at, begin) + num_bytes / self.bytes_per_second
                answer_at = max(answer_at, self.free_at)
        time.sleep(max(0.0, answer_at - time.monotonic()))


class Server:
    """Answers the kernel's requests about the files below `backing`."""

    def __init__(self, device, backing, pace):
        self.device = device
        self.pace = pace
        self.lock = threading.Lock()
        self.path_of = {ROOT_NODE: backing}
        self.node_of = {backing: ROOT_NODE}
        self.answers = {
            LOOKUP: self.lookup,
            GETATTR: self.get_attributes,
            OPEN: self.open,
            READ: self.read,
            STATFS: self.stat_filesystem,
            RELEASE: self.release,
            FLUSH: lambda node, body: b"",
            INIT: self.init,
            OPENDIR: lambda node, body: OPEN_OUT.pack(0, 0, 0),
            READDIR: self.read_folder,
            RELEASEDIR: lambda node, body: b"",
            ACCESS: lambda node, body: b"",
            DESTROY: lambda node, body: b"",
        }

    def serve(self):
        """Answers requests until the filesystem is unmounted."""
        while True:
            try:
                request = os.read(self.device, REQUEST_BYTES)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                return  # ENODEV: unmounted
            _, opcode, unique, node, *_ = IN_HEADER.unpack_from(request)
            if opcode in (FORGET, BATCH_FORGET, INTERRUPT):  # these take no answer
                continue
            try:
                answer = self.answers.get(opcode)
                if answer is None:
                    raise OSError(errno.ENOSYS, "not served")
                body, code = answer(node, request[IN_HEADER.size :]), 0
            except OSError as error:
                body, code = b"", -error.errno
            try:
                os.writev(self.device, [OUT_HEADER.pack(OUT_HEADER.size + len(body), code, unique), body])
            except OSError:
                pass  # the request was aborted meanwhile

    def init(self, _node, body):
        _major, _minor, max_readahead, flags = INIT_IN.unpack_from(body)
        wanted = FUSE_ASYNC_READ | FUSE_ASYNC_DIO | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES
        return INIT_OUT.pack(
            PROTOCOL_MAJOR,
            PROTOCOL_MINOR,
            max_readahead,
            flags & wanted,
            MAX_BACKGROUND,
            MAX_BACKGROUND * 3 // 4,
            MAX_WRITE_BYTES,
            1,
            MAX_PAGES,
            0,
        )

    def lookup(self, node, body):
        path = os.path.join(self.path_of[node], os.fsdecode(body.rstrip(b"\0")))
        attributes = self.attributes(path)
        with self.lock:
            child = self.node_of.setdefault(path, len(self.path_of) + 1)
            self.path_of[child] = path
        return ENTRY_OUT.pack(child, 0, ATTR_VALID_SECONDS, ATTR_VALID_SECONDS, 0, 0) + attributes

    def get_attributes(self, node, _body):
        return ATTR_OUT.pack(ATTR_VALID_SECONDS, 0, 0) + self.attributes(self.path_of[node])

    def attributes(self, path):
        """Returns a struct fuse_attr; links are followed, so that nothing but folders and files is seen."""
        s = os.stat(path)
        times = [(ns // 10**9, ns % 10**9) for ns in (s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns)]
        return ATTR.pack(
            *(s.st_ino, s.st_size, s.st_blocks),
            *(seconds for seconds, _ in times),
            *(ns for _, ns in times),
            *(s.st_mode, s.st_nlink, s.st_uid, s.st_gid, 0, 4096, 0),
        )

    def open(self, node, _body):
        return OPEN_OUT.pack(os.open(self.path_of[node], os.O_RDONLY), 0, 0)

    def release(self, _node, body):
        os.close(struct.unpack_from("=Q", body)[0])
        return b""

    def read(self, _node, body):
        begin = time.monotonic()
        fd, offset, num_bytes, *_ = READ_IN.unpack_from(body)
        content = os.pread(fd, num_bytes, offset)
        self.pace.wait(begin, len(content))
        return content

    def read_folder(self, node, body):
        _fh, offset, num_bytes, *_ = READ_IN.unpack_from(body)
        names = [".", "..", *sorted(os.listdir(self.path_of[node]))]
        entries = b""
        for position, name in enumerate(names[offset:], offset + 1):
            mode = os.stat(os.path.join(self.path_of[node], name)).st_mode
            encoded = os.fsencode(name)
            entry = DIRENT.pack(1, position, len(encoded), stat.S_IFMT(mode) >> 12) + encoded
            entry += bytes(-len(entry) % 8)
            if len(entries) + len(entry) > num_bytes:
                break
            entries += entry
        return entries

    def stat_filesystem(self, _node, _body):
        s = os.statvfs(self.path_of[ROOT_NODE])
        return STATFS_OUT.pack(
            *(s.f_blocks, s.f_bfree, s.f_bavail, s.f_files, s.f_ffree),
            *(s.f_bsize, s.f_namemax, s.f_frsize, 0),
        )


def mount(mountpoint):
    """Mounts an empty connection at `mountpoint` and returns the descriptor that serves it."""
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
    flags = MS_RDONLY | MS_NOSUID | MS_NODEV
    if libc.mount(b"mlps-test", os.fsencode(mountpoint), b"fuse", flags, options.encode()) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"mount: {os.strerror(code)}")
    return device


def main():
    parser = argparse.ArgumentParser(description="Serves a folder slowly, or with errors.")
    parser.add_argument("mountpoint")
    parser.add_argument("backing_dir")
    parser.add_argument("--delay-ms", type=float, default=0, help="least time of each read; reads overlap")
    parser.add_argument("--rate", type=float, default=0, help="MiB/s that all reads share (0: as fast as it goes)")
    parser.add_argument("--eio-after", type=int, help="reads fail with EIO once this many bytes were served")
    parser.add_argument("--threads", type=int, default=64, help="how many reads are served at a time")
    args = parser.parse_args()
    mountpoint, backing = os.path.realpath(args.mountpoint), os.path.realpath(args.backing_dir)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
    try:
        device = mount(mountpoint)
    except OSError as error:
        print(f"Cannot mount a FUSE filesystem here: {error}", file=sys.stderr)
        return CANNOT_MOUNT_EXIT_CODE
    server = Server(device, backing, Pace(args.delay_ms, args.rate, args.eio_after))

    def serve():
        server.serve()
        os.kill(os.getpid(), signal.SIGUSR1)  # unmounted: nothing left to do

    for _ in range(args.threads):
        threading.Thread(target=serve, daemon=True).start()
    print("ready", flush=True)
    if signal.sigwait([signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]) != signal.SIGUSR1:
        libc.umount2(os.fsencode(mountpoint), MNT_FORCE | MNT_DETACH)
    sys.stdout.flush()
    os._exit(0)  # without waiting for threads that still sleep over a read


libc = ctypes.CDLL(None, use_errno=True)
if __name__ == "__main__":
    sys.exit(main())
