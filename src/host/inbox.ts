/** What is to be sent, by one who does not know yet what comes next. */
export type Inbox = {
  put(chunk: Uint8Array): void;
  /** Nothing more comes behind what was put. */
  end(): void;
  /** Nothing more comes, and the reader is to know that it is not the whole. */
  fail(error: Error): void;
  /** For one reader. */
  chunks(): AsyncGenerator<Uint8Array>;
};

export function openInbox(): Inbox {
  const waiting: Uint8Array[] = [];
  let isEnded = false;
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (failure !== undefined) throw failure;
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (isEnded) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return {
    put(chunk) {
      waiting.push(chunk);
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
    fail(error) {
      failure = error;
      wake();
    },
    chunks,
  };
}
