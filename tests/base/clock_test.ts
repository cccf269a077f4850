import assert from "node:assert/strict";
import { test } from "node:test";
import { nowNs } from "../../lib/base/clock.ts";
import { sharpenTimers } from "../../lib/base/scheduling.ts";
import { libc } from "../../lib/base/libc.ts";
import { startThread } from "../helpers/threads.ts";
import { ANSWER, INSTANT_WORD, QUESTION } from "./clock_worker.ts";

const TOLERANCE_NS = 1e6;
const PR_GET_TIMERSLACK = 30; // linux/prctl.h

test("nowNs() never goes back and passes as fast as the time of day", async () => {
  const dayBeginMs = Date.now(), beginNs = nowNs();
  let lastNs = beginNs;
  for (let reading = 0; reading < 10_000; reading++) {
    const readNs = nowNs();
    assert.ok(readNs >= lastNs, `${lastNs} came before ${readNs}`);
    lastNs = readNs;
  }
  await Bun.sleep(50);
  const elapsedMs = (nowNs() - beginNs) / 1e6;
  assert.ok(Math.abs(elapsedMs - (Date.now() - dayBeginMs)) < 5, `${elapsedMs} ms`);
});

test("nowNs() reads the same instant the same on every thread", async () => {
  const shared = new SharedArrayBuffer(16);
  const words = new Int32Array(shared), instants = new Float64Array(shared);
  // A thread that starts later has another origin: several, one after the other.
  for (let thread = 0; thread < 3; thread++) {
    words.fill(0);
    const { answer, terminate } = startThread<string>(new URL("./clock_worker.ts", import.meta.url), shared);
    assert.equal(await answer(), "ready");
    for (let question = 1; question <= 200; question++) {
      const beforeNs = nowNs();
      Atomics.store(words, QUESTION, question);
      Atomics.notify(words, QUESTION);
      while (Atomics.load(words, ANSWER) !== question) Atomics.wait(words, ANSWER, question - 1, 1000);
      const afterNs = nowNs();
      const thereNs = instants[INSTANT_WORD];
      assert.ok(thereNs > beforeNs - TOLERANCE_NS, `${beforeNs - thereNs} ns before the question`);
      assert.ok(thereNs < afterNs + TOLERANCE_NS, `${thereNs - afterNs} ns after the answer`);
    }
    Atomics.store(words, QUESTION, -1);
    Atomics.notify(words, QUESTION);
    terminate();
  }
});

test("sharpenTimers() takes the slack from the timed waits of this thread", () => {
  sharpenTimers();
  assert.equal(libc.prctl(PR_GET_TIMERSLACK, 0n, 0n, 0n, 0n), 1);
});
