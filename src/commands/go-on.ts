import { ShipError } from "../core/error.ts";
import { isNothing } from "../core/plan.ts";
import { versionOf } from "../core/release.ts";
import { allowed } from "./allowed.ts";
import { carryOut } from "./deploy.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { overridesOf, type Request } from "./request.ts";
import { type Opened, openFleet, type Session, text } from "./session.ts";
import { readTyped, typedLine } from "./typed.ts";

/** A rollout that nobody runs. `typed`: its options, as the witnesses keep them; `said` is what was done so far, a sentence. */
export type Left = {
  readonly rollout: string;
  readonly release: string;
  readonly typed: string;
  readonly said: string;
};

/**
 * Becomes the runner: goes on as the command would by which it was started, with its options. Where that cannot be done from
 * here, it says what to type, and where: exit 8. What an override allowed is for a person to allow again.
 */
export async function goOn(session: Session, left: Left): Promise<number> {
  const opened = await openFleet(session, "all").catch((error: unknown) => unable(left, "", error));
  try {
    const { name } = opened.component;
    const asked = readTyped(left.typed, opened.component);
    const version = versionOf(left.release);
    const line = `ship -c ${name} --version ${version ?? "VERSION"}`;
    if (asked === undefined || version === undefined)
      throw held(left, `To go on, with the options that it was started with: ${line}`);
    const whole = `${line}${typedLine(asked)}`;
    if (overridesOf(asked).length > 0) throw held(left, `It was started with an override. To go on so: ${whole}`);
    const why = text(session.invocation.options["reason"]);
    const request: Request = { ...asked, version, why, offline: false };
    const prepared = await readied(session, opened, { left, request, line: whole });
    const plan = allowed(prepared);
    // Somebody may have ended it meanwhile, by taking it back: to begin another one is for a person to say.
    if (plan.continues !== left.rollout && !isNothing(plan))
      throw held(left, `It has ended since. To begin another one with its options: ${whole}`);
    return await carryOut(session, opened, { request, prepared, plan, overrides: overridesOf(request) });
  } finally {
    await opened.close();
  }
}

type Going = { readonly left: Left; readonly request: Request; readonly line: string };

async function readied(session: Session, opened: Opened, { left, request, line }: Going): Promise<Prepared> {
  const prepared = await prepare(session, opened, request, "attend").catch((error: unknown) =>
    unable(left, line, error),
  );
  const { name } = prepared.cargo.release;
  if (name === left.release) return prepared;
  const other = `${request.version} is not here what it is there: its bytes or its settings make ${name}, and the rollout brings ${left.release}.`;
  throw held(left, `${other} Where they are the same: ${line}`);
}

/** It cannot be resolved from here, or the config is wrong: elsewhere it may be right. Who runs it already is told as ever. */
function unable(left: Left, line: string, error: unknown): never {
  if (!(error instanceof ShipError) || error.code === "locked") throw error;
  const where = line === "" ? "When that is mended, the same command again." : `Where it can be, type: ${line}`;
  throw held(left, `It cannot be gone on with from here. ${where}`, [error.message, ...error.details]);
}

function held({ said }: Left, hint: string, details: readonly string[] = []): ShipError {
  return new ShipError("held", said, { hint, details });
}
