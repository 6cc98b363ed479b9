import type { Progress } from "./progress.ts";
import { allIn, countIn, type Question, thoseIn } from "./roster.ts";
import type { State } from "./state.ts";

export function hostsOf(state: State): readonly Progress[] {
  return allIn(state.hosts);
}

export function hostsThat(state: State, question: Question): readonly Progress[] {
  return thoseIn(state.hosts, question);
}

export function isAny(state: State, question: Question): boolean {
  return countIn(state.hosts, question) > 0;
}

export function hostsOfStage(state: State, index: number, question: Question = isAnyHost): readonly Progress[] {
  return thoseIn(state.hosts, question, (stage) => stage === index);
}

export function countOfStage(state: State, index: number, question: Question = isAnyHost): number {
  return countIn(state.hosts, question, (stage) => stage === index);
}

function isAnyHost(_host: Progress): boolean {
  return true;
}
