import type { Component } from "./component.ts";
import type { Judgement } from "./judge.ts";

/** Is it one of those that every service is held to, whatever its config says? */
export function isStanding(assertion: string): boolean {
  return assertion === "each.healthy" || assertion === "each.restarts == 0";
}

/** The component's own assertions that fail before anything is changed: then a failure would not be the change's. */
export function sickNow(component: Component, judgements: readonly Judgement[]): readonly Judgement[] {
  const own = new Set(component.assertions.map((policy) => policy.text).filter((text) => !isStanding(text)));
  return judgements.filter(
    (judgement) => own.has(judgement.assertion) && judgement.verdict === "fail" && !judgement.observeOnly,
  );
}
