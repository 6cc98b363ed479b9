import { join } from "node:path";
import { type Files, stateFolder } from "../changes/carried.ts";
import { changeOf } from "../changes/index.ts";
import { rateFiles } from "../changes/rate-release.ts";
import type { Asked } from "../config/change-file.ts";
import type { Part } from "../core/change-set.ts";
import { ShipError } from "../core/error.ts";
import { isNothing } from "../core/plan.ts";
import { lastRollout } from "../core/plan-back.ts";
import type { Found } from "../core/set-found.ts";
import { openedFor } from "./besides.ts";
import { writeState } from "./change.ts";
import { flagFiles } from "./flag-files.ts";
import type { Invocation } from "./index.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { type Request, requestOf } from "./request.ts";
import type { Opened, Session } from "./session.ts";

/** A part of a set, as a rollout of its own: its place on the hosts, and what is asked of it. */
export type Place = { readonly part: Part; readonly opened: Opened; readonly request: Request };

type Made = { readonly version: string; readonly files: Files | undefined };

/** The part in the set's fleet, with the files of its state made here. */
export async function placeOf(invocation: Invocation, opened: Opened, asked: Asked): Promise<Place> {
  const { config } = opened;
  const change = asked.kind === "release" ? opened.component.name : `${asked.kind}:${asked.policy.name}`;
  const component = changeOf(change, config);
  if (component === undefined) throw new Error(`${change} was found and is not there`);
  const { version, files } = madeOf(asked);
  if (files !== undefined) await writeState(join(config.root, stateFolder(component, version)), files);
  const request = await requestOf({ ...invocation, options: { ...invocation.options, version } }, component);
  return { part: { change, kind: asked.kind, version }, opened: openedFor(opened, component), request };
}

function madeOf(asked: Asked): Made {
  if (asked.kind === "release") return { version: asked.version, files: undefined };
  if (asked.kind === "rate") return { version: String(asked.rate), files: rateFiles(asked.policy.name, asked.rate) };
  const made = flagFiles(asked.policy, asked.state);
  if (made.type === "complaint")
    throw new ShipError("usage", `Nothing was changed: ${made.message}.`, { hint: `Expected: ${made.expected}.` });
  return made;
}

/** A part as it stands on the hosts now; nothing is changed, and nothing told. */
export type Looked = Place & { readonly found: Found; readonly prepared: Prepared };

export async function lookAt(session: Session, place: Place): Promise<Looked> {
  const { part, opened, request } = place;
  const prepared = await prepare({ ...session, tell: () => undefined }, opened, request);
  const { planned, seen, cargo } = prepared;
  const plan = planned.type === "plan" ? planned.plan : undefined;
  const rollout = plan?.continues ?? lastRollout(seen);
  const isBad = [...seen.values()].some(
    (one) =>
      one.type === "observed" &&
      one.observation.record.rollout === rollout &&
      one.observation.bad.includes(cargo.release.name),
  );
  const work =
    plan === undefined ? "forward" : isNothing(plan) ? "none" : plan.direction === "rollback" ? "back" : "forward";
  const found = {
    part,
    rollout,
    open: plan?.continues !== undefined,
    work,
    failed: isBad && !request.retryBad,
  } as const;
  return { ...place, found, prepared };
}
