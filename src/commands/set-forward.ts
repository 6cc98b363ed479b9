import type { Happened } from "../core/change-set.ts";
import { ShipError } from "../core/error.ts";
import { partId } from "../core/part-id.ts";
import { allowed } from "./allowed.ts";
import { carryOut } from "./deploy.ts";
import { prepare } from "./prepare.ts";
import { overridesOf, type Request } from "./request.ts";
import { rolloutStamp } from "./session.ts";
import { type Heard, hearing, startPart } from "./set-hear.ts";
import type { Looked } from "./set-part.ts";
import type { SetRun } from "./set-run.ts";

/** Rolls a part out as it would be by itself; how that ended is the set's to judge. */
export async function forward(run: SetRun, index: number, happened: readonly Happened[]): Promise<Happened> {
  const place = await startPart(run, index, "forward");
  const heard = hearing(run.session, place.opened);
  try {
    await roll(run, { index, place, heard });
  } catch (error) {
    if (!(error instanceof ShipError) || happened.length === 0) throw error;
    const said = `${place.part.change}: ${[error.message, ...error.details].join(" ")}`;
    return { type: "forward", part: index, outcome: error.code, reason: undefined, said };
  }
  return heard.happened("forward", run, index);
}

type Rolled = { readonly index: number; readonly place: Looked; readonly heard: Heard };

async function roll(run: SetRun, { index, place, heard: { session, opened } }: Rolled): Promise<void> {
  const request = { ...place.request, timeout: leftOf(run, place.request) };
  const prepared = await prepare(session, opened, request, "attend");
  const { set, parts } = run;
  const part = partId(rolloutStamp(new Date()), { set, index: index + 1, count: parts.length });
  await carryOut(session, opened, {
    request,
    prepared,
    plan: allowed(prepared),
    overrides: overridesOf(request),
    part,
  });
}

/** What is left of the time that the whole set was given, ms. */
function leftOf({ opened, startedAt }: SetRun, { timeout }: Request): number | undefined {
  return timeout === undefined ? undefined : Math.max(1, timeout - (opened.world.clock.now() - startedAt));
}
