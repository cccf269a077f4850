// The kernel's interface of io_uring, by its own names: linux/io_uring.h, asm-generic/unistd.h, linux/mman.h. All
// structures are seen as arrays of 32-bit words (both processors that mlps runs on are little-endian).

/** The system calls have these numbers on every architecture. */
export const SYS_IO_URING_SETUP = 425, SYS_IO_URING_ENTER = 426, SYS_IO_URING_REGISTER = 427;

/** io_uring_setup(2) flags, of Linux 5.6, 5.19, 6.0 and 6.1. */
export const IORING_SETUP_CLAMP = 1 << 4;
export const IORING_SETUP_COOP_TASKRUN = 1 << 8;
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
export const IORING_SETUP_DEFER_TASKRUN = 1 << 13;

/** io_uring_params.features: both rings in one mapping (5.4), completions that are never dropped (5.5). */
export const IORING_FEAT_SINGLE_MMAP = 1 << 0, IORING_FEAT_NODROP = 1 << 1;

/** io_uring_enter(2) flags. */
export const IORING_ENTER_GETEVENTS = 1 << 0;

/** enum io_uring_op. */
export const IORING_OP_NOP = 0, IORING_OP_ASYNC_CANCEL = 14, IORING_OP_READ = 22;

/** mmap(2) offsets, and the protection and flags that the rings are mapped with. */
export const IORING_OFF_SQ_RING = 0, IORING_OFF_SQES = 0x10000000;
export const PROT_READ_WRITE = 3, MAP_SHARED_POPULATE = 0x8001;

/** struct io_uring_params: its size, and the words in use; the offsets that it names are in bytes of the mapping. */
export const PARAMS_WORDS = 30;
export const PARAMS = {
  sq_entries: 0,
  cq_entries: 1,
  flags: 2,
  features: 5,
  sq_off_tail: 11,
  sq_off_ring_mask: 12,
  sq_off_array: 16,
  cq_off_head: 20,
  cq_off_tail: 21,
  cq_off_ring_mask: 22,
  cq_off_cqes: 25,
} as const;

/** struct io_uring_sqe; the first word is opcode, flags and ioprio, 64-bit members begin with their low half. */
export const SQE_WORDS = 16;
export const SQE = { opcode: 0, fd: 1, off: 2, addr: 4, len: 6, user_data: 8 } as const;

/** struct io_uring_cqe. */
export const CQE_WORDS = 4;
export const CQE = { user_data: 0, res: 2 } as const;

/** io_uring_register(2): which operations there are, as a struct io_uring_probe with 8 bytes for each. */
export const IORING_REGISTER_PROBE = 8;
export const PROBE_OPS = 64, PROBE_BYTES = 16 + 8 * PROBE_OPS, PROBE_OP_FLAGS_AT = 16 + 2;
export const IO_URING_OP_SUPPORTED = 1;
