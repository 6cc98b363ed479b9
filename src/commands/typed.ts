import type { Component } from "../core/component.ts";
import { overridesOf, type Request } from "./request.ts";

type Asked = Omit<Request, "version" | "why" | "offline">;

/** A rollout's options as its witnesses keep them, in one line: a JSON list of the words that were typed. */
export function typedText(request: Asked): string {
  return JSON.stringify(typedOf(request));
}

/** The words of the options, as they would be typed again; without the reason, which was for that run. */
function typedOf(request: Asked): readonly string[] {
  const { to, only, skip, onFailure, timeout, wait } = request;
  const one = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const ms = (value: number | undefined) => (value === undefined ? undefined : `${value}ms`);
  return [
    ...one("--to", to),
    ...only.flatMap((pattern) => ["--only-hosts", pattern]),
    ...skip.flatMap((pattern) => ["--skip-hosts", pattern]),
    ...one("--on-failure", onFailure),
    ...one("--timeout", ms(timeout)),
    ...one("--wait", ms(wait)),
    ...overridesOf(request),
  ];
}

/** What a rollout was asked with. undefined where that is not known, or is no list of options: a host is not believed. */
export function readTyped(text: string, component: Component): Asked | undefined {
  const words = listIn(text);
  if (words === undefined) return undefined;
  const found = words.reduce<Reading | undefined>((before, word) => before && read(before, word), {
    asked: nothing,
    flag: undefined,
  });
  if (found === undefined || found.flag !== undefined) return undefined;
  const { to } = found.asked;
  return to === undefined || component.stages.some(({ cohort }) => cohort === to) ? found.asked : undefined;
}

function listIn(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

const nothing: Asked = {
  to: undefined,
  only: [],
  skip: [],
  onFailure: undefined,
  timeout: undefined,
  wait: undefined,
  now: false,
  adopt: false,
  retryBad: false,
  fixForward: false,
};

/** `flag`: one that waits for its value. */
type Reading = { readonly asked: Asked; readonly flag: string | undefined };

const switches: Readonly<Record<string, Partial<Asked>>> = {
  "--now": { now: true },
  "--adopt": { adopt: true },
  "--retry-bad": { retryBad: true },
  "--fix-forward": { fixForward: true },
};

const values: Readonly<Record<string, (asked: Asked, value: string) => Partial<Asked> | undefined>> = {
  "--to": (_asked, to) => ({ to }),
  "--only-hosts": ({ only }, pattern) => ({ only: [...only, pattern] }),
  "--skip-hosts": ({ skip }, pattern) => ({ skip: [...skip, pattern] }),
  "--on-failure": (_asked, word) => (word === "rollback" || word === "hold" ? { onFailure: word } : undefined),
  "--timeout": (_asked, text) => within(text, (timeout) => ({ timeout })),
  "--wait": (_asked, text) => within(text, (wait) => ({ wait })),
};

function within(text: string, then: (ms: number) => Partial<Asked>): Partial<Asked> | undefined {
  return /^[1-9]\d{0,11}ms$/.test(text) ? then(Number(text.slice(0, -2))) : undefined;
}

function read({ asked, flag }: Reading, word: string): Reading | undefined {
  if (flag !== undefined) {
    const change = values[flag]?.(asked, word);
    return change && { asked: { ...asked, ...change }, flag: undefined };
  }
  if (Object.hasOwn(values, word)) return { asked, flag: word };
  const change = Object.hasOwn(switches, word) ? switches[word] : undefined;
  return change && { asked: { ...asked, ...change }, flag: undefined };
}

/** The options as they are typed into a shell. */
export function typedLine(request: Asked): string {
  const needsReason = overridesOf(request).length > 0 ? ["--reason TEXT"] : [];
  return [...typedOf(request).map(quoted), ...needsReason].map((word) => ` ${word}`).join("");
}

function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
