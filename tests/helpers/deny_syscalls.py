"""Runs a program under a filter that refuses one system call, as a container's seccomp profile would.

    python3 deny_syscalls.py NAME:ERRNO|none PROGRAM [ARGUMENT...]

Needs neither root nor a library. Its exit code is 77, with the reason on stderr, where no filter can be set.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}  # asm-generic/unistd.h
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000
# linux/bpf_common.h: load a word of struct seccomp_data, jump if equal, return.
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NR_AT, ARCH_AT = 0, 4
CANNOT_FILTER_EXIT_CODE = 77


def deny(number, code):
    """Has the kernel answer `code` to system call `number`, in this process and those that it becomes."""
    instructions = [
        (LOAD, 0, 0, ARCH_AT),
        (JUMP_IF_EQUAL, 0, 3, AUDIT_ARCH[platform.machine()]),
        (LOAD, 0, 0, NR_AT),
        (JUMP_IF_EQUAL, 0, 1, number),
        (RETURN, 0, 0, SECCOMP_RET_ERRNO | code),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
    ]
    code_bytes = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *i) for i in instructions))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code_bytes)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main():
    name, *program = sys.argv[1:]
    if name != "none":
        call, _, code = name.partition(":")
        try:
            deny(NUMBERS[call], getattr(errno, code))
        except OSError as error:
            print(f"Cannot filter system calls here: {error}", file=sys.stderr)
            return CANNOT_FILTER_EXIT_CODE
    os.execvp(program[0], program)


if __name__ == "__main__":
    sys.exit(main())
