import type { Judgement } from "../core/judge.ts";
import { measureFleet } from "../engine/preflight.ts";
import { openWatchPage } from "../report/watch.ts";
import type { Opened, Session } from "./session.ts";
import { onSignal } from "./signals.ts";

/** ms between two readings. */
const every = 1_000;

/**
 * Measures the assertions until Ctrl-C, and gives the last judgements: a page in place in a terminal; elsewhere each reading
 * is told, of which a log shows those that change a verdict.
 */
export async function watchFleet(
  session: Session,
  { component, targets, world }: Opened,
): Promise<readonly Judgement[]> {
  const page = session.view === "tty" ? openWatchPage(session.output, component.name) : undefined;
  const { stopped, forget } = interruption();
  let last: readonly Judgement[] = [];
  let isOver = false;
  const sleep = (ms: number) => Promise.race([world.clock.sleep(ms), stopped]);
  const watching = measureFleet({ ...world, clock: { ...world.clock, sleep } }, targets, {
    every,
    renews: true,
    isEnough: ({ judgements }) => {
      if (isOver) return true;
      last = judgements;
      for (const judgement of judgements) session.tell({ type: "assertion.judged", stage: undefined, judgement });
      page?.draw(session.clean(judgements), world.clock.now());
      return false;
    },
  });
  // A host that does not answer must not keep the terminal.
  await Promise.race([watching, stopped]);
  isOver = true;
  forget();
  return last;
}

function interruption(): { readonly stopped: Promise<void>; readonly forget: () => void } {
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  return { stopped, forget: onSignal(() => stop()) };
}
