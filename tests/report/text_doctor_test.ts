import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDoctorReport } from "../../lib/metrics/doctor.ts";
import { renderDoctor } from "../../lib/report/text_doctor.ts";
import { factsWith, GOOD_FACTS } from "../helpers/doctor_facts.ts";

const ABOUT = { hostname: "client", examinedAt: new Date(0) };

test("renderDoctor() fits everything that is good on a screen of 80 columns and 40 lines", () => {
  const lines = renderDoctor(makeDoctorReport(GOOD_FACTS, ABOUT));
  assert.equal(lines[0], "mlps 1.0.0 on client, /mnt/dlrm: all is good");
  assert.ok(lines.length <= 40, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.ok(lines.includes("  good   io_uring       works"));
  assert.ok(lines.includes("  good   direct I/O     works, in blocks of 512 B"));
});

test("renderDoctor() counts what is bad and what is to watch, and has each remedy behind its line", () => {
  const facts = factsWith({
    environment: { limits: { open_files: 100 } },
    host: { io_uring_refusal: "a filter forbids it", open_files_hard_limit: 1000 },
  });
  const lines = renderDoctor(makeDoctorReport(facts, ABOUT));
  assert.equal(lines[0], "mlps 1.0.0 on client, /mnt/dlrm: 1 bad, 1 to watch");
  const at = lines.findIndex((line) => line.includes("open files"));
  assert.deepEqual(lines.slice(at, at + 3), [
    "  bad    open files     100, may be raised to 1,000",
    "                        -> Too few for many readers: ulimit -n 65536, or",
    "                        LimitNOFILE= where systemd starts it",
  ]);
});
