// Real threads for tests: the worker is the code of another file, which answers each message with another.

/** A running thread of a test. */
export interface TestThread<Answer> {
  /** Settles with the next message of the thread. */
  answer(): Promise<Answer>;
  terminate(): void;
}

/** Starts the worker of `url` on `task`. */
export function startThread<Answer>(url: URL, task: unknown): TestThread<Answer> {
  const worker = new Worker(url.href);
  const answers: Answer[] = [];
  let failure: Error | undefined;
  let wake = () => {};
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    answers.push(data);
    wake();
  };
  worker.onerror = (event) => {
    failure = new Error(`The thread failed: ${event.message}`);
    wake();
  };
  worker.postMessage(task);
  return {
    answer: async () => {
      while (answers.length === 0 && failure === undefined) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      if (failure !== undefined) throw failure;
      return answers.shift()!;
    },
    terminate: () => worker.terminate(),
  };
}
