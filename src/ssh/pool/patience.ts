import { Connection } from "../connection.ts";
import { before, deadline } from "../deadline.ts";
import type { Failed } from "../diagnosis.ts";

/** How a server that is too busy to talk is borne with: tries in all, and the first pause between two of them, ms. */
export type Patience = { readonly tries: number; readonly pause: number };

const usual: Patience = { tries: 8, pause: 250 };

/** Each pause is twice as long as the one before, up to this, give or take a half; ms. */
const longest = 4000;

/**
 * Connects again while connections are cut off before their handshake, so that nothing was sent: sshd turns away by chance
 * when many start at once (MaxStartups). The pauses differ, so that those turned away together do not come back together.
 */
export async function whileBusy(
  closing: AbortSignal,
  connect: () => Promise<Connection | Failed>,
  { tries, pause }: Patience = usual,
): Promise<Connection | Failed> {
  for (let tried = 1; ; tried += 1) {
    const result = await connect();
    if (result instanceof Connection || !result.again || tried >= tries || closing.aborted) return result;
    await rest(closing, Math.min(longest, pause * 2 ** (tried - 1)) * (0.5 + Math.random()));
  }
}

async function rest(closing: AbortSignal, ms: number): Promise<void> {
  const over = deadline(ms);
  await before(closing, new Promise((resolve) => over.signal.addEventListener("abort", resolve, { once: true })));
  over.clear();
}
