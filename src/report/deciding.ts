import type { Judgement } from "../core/judge.ts";
import { chanceText, duration, number, sparkline } from "../core/words.ts";
import { againstText, causeText, groundsText, numbers } from "./judgement.ts";
import { clock } from "./naming.ts";
import type { Paint } from "./paint.ts";
import type { Readings, StageProgress } from "./progress.ts";
import { hostsText, plural, safe } from "./safe.ts";

const MOST = 5;
const MOST_READINGS = 12;

/**
 * The verdicts that decided, each with all that is known of it: what failed, and what was without a verdict where a stage
 * was held. `page` are the judgements of the end, for a rollout of which no more is known.
 */
export function deciding(stages: readonly StageProgress[], page: readonly Judgement[], colors: Paint): string {
  const found = stages.flatMap((stage) =>
    [...stage.readings.values()].filter(({ judgement }) => decides(judgement, stage)).map((one) => ({ stage, one })),
  );
  const known = stages.length > 0 ? [] : page.filter(({ verdict, observeOnly }) => verdict !== "pass" && !observeOnly);
  const blocks = [
    ...found.map(({ stage, one }) => [whenText(one, stage), ...evidenceLines(one.judgement), readingLine(one)]),
    ...known.map((judgement) => [headText(judgement), ...evidenceLines(judgement)]),
  ];
  if (blocks.length === 0) return "";
  const rest = blocks.length > MOST ? [`  … and ${plural(blocks.length - MOST, "more assertion")}`] : [];
  const lines = blocks
    .slice(0, MOST)
    .flatMap(([head = "", ...under]) => [`  ${head}`, ...under.map((line) => `    ${line}`)]);
  return [colors.strong("What decided"), ...lines, ...rest].join("\n");
}

function decides({ verdict, observeOnly }: Judgement, { state }: StageProgress): boolean {
  if (observeOnly || state === "passed") return false;
  return verdict === "fail" || (verdict === "undecided" && state === "held");
}

const verbs = { fail: "failed", undecided: "was undecided", pass: "passed" };

function headText({ assertion, verdict }: Judgement): string {
  return `${safe(assertion, 60)} ${verbs[verdict]}`;
}

function whenText({ judgement, since }: Readings, { name, started }: StageProgress): string {
  const after = started === undefined ? "" : `, ${duration(since - started)} after it began`;
  return `${headText(judgement)} in ${safe(name, 60)} at ${clock(since)}${after}`;
}

function evidenceLines(judgement: Judgement): readonly string[] {
  const { chance, hosts, causes, events } = judgement;
  const against = againstText(judgement);
  const on = hosts.length === 0 ? "" : `, on ${hostsText(hosts, 100)}`;
  const counted = events === undefined ? "" : `, ${plural(Math.round(events), "event")}`;
  return [
    `${numbers(judgement)}${against === "" ? "" : `, ${against}`}${counted}${on}`,
    groundsText(judgement),
    ...(chance === undefined || chance >= 1 ? [] : [`a healthy version looks this bad ${chanceText(chance)}`]),
    ...causes.map(causeText),
  ];
}

/** The readings, oldest first: the evidence itself. */
function readingLine({ values }: Readings): string {
  const known = values.filter((value) => value !== undefined).slice(-MOST_READINGS);
  return `${sparkline(values)}  ${known.map((value) => number(value)).join(" ")}`.trimEnd();
}
