import type { Component } from "./component.ts";
import type { Judgement } from "./judge.ts";

/** The component's own assertions that fail before anything is changed: then a failure would not be the change's. */
export function sickNow(component: Component, judgements: readonly Judgement[]): readonly Judgement[] {
  const standing = new Set(["each.healthy", "each.restarts == 0"]);
  const own = new Set(component.assertions.map((policy) => policy.text).filter((text) => !standing.has(text)));
  return judgements.filter(
    (judgement) => own.has(judgement.assertion) && judgement.verdict === "fail" && !judgement.observeOnly,
  );
}
