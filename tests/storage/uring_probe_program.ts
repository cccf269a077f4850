// Prints what probeUring() says, for a test that runs it under a filter of system calls.
import { probeUring } from "../../lib/storage/uring_probe.ts";

console.log(probeUring() ?? "it can be used");
