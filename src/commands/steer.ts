import { randomInt } from "node:crypto";
import { exits, ShipError } from "../core/error.ts";
import { type Word, words } from "../core/sign.ts";
import { glanceAtFleet } from "../engine/observe.ts";
import { type Said, type Saying, say } from "../engine/say.ts";
import { goOn, type Left } from "./go-on.ts";
import { byHere, livesHere } from "./identity.ts";
import type { Invocation } from "./index.ts";
import { rollBack } from "./rollback.ts";
import { inSession, type Opened, type Session, text, withFleet } from "./session.ts";

/**
 * pause, resume, abort, approve: a word to whoever runs the component's rollout, left on its hosts. Where nobody runs it, a
 * resume and an approval become the one who does.
 */
export function run(invocation: Invocation): Promise<number> {
  return inSession(invocation, async (session) => {
    const ended = await speak(session, wordOf(invocation));
    return typeof ended === "number" ? ended : goOn(session, ended);
  });
}

/** The exit code, or the rollout that is to be gone on with. To say a word needs less of the config than that. */
function speak(session: Session, word: Word["word"]): Promise<number | Left> {
  return withFleet(session, "recovery", (opened) => steer(session, opened, word));
}

function wordOf({ command }: Invocation): Word["word"] {
  const word = words.find((one) => one === command);
  if (word === undefined) throw new Error(`${command} is no word for a rollout`);
  return word;
}

async function steer(session: Session, opened: Opened, word: Word["word"]): Promise<number | Left> {
  const { component, targets, world } = opened;
  const why = text(session.invocation.options["reason"]) ?? "";
  if (word === "approve" && why === "")
    throw new ShipError("usage", "An approval needs a reason.", {
      hint: "Say why with --reason TEXT; it stands in every later report.",
    });
  const seen = await glanceAtFleet(world, targets);
  const said = await say(world, targets, {
    seen,
    saying: { word, by: byHere(), why, nonce: randomInt(1_000) },
    livesHere,
  });
  tellOf(session, component.name, { word }, said);
  switch (said.type) {
    case "taken":
      return exits.done;
    case "vain":
      return inVain(component.name, word, said);
    case "nothing":
      return nothing(component.name, word);
    case "unclear":
      throw new ShipError(
        "refused",
        `The hosts do not agree on which stage of rollout ${said.rollout} waits, so that nothing was approved.`,
        { hint: `See what it does (ship status -c ${component.name}), and say it again.` },
      );
    case "unsaid":
      throw new ShipError("unreachable", `No host that the rollout holds could be told: ${said.hosts.join(", ")}.`);
    case "unheard":
      return unheard(session, opened, { word, said });
  }
}

export function tellOf(
  session: Session,
  component: string,
  { word, set }: Pick<Saying, "word" | "set">,
  said: Said,
): void {
  session.tell({
    type: "rollout.steered",
    component,
    word,
    steered: said.type === "nothing" ? null : said.rollout,
    taken: said.type === "taken",
    holder: holderOf(said) ?? null,
    stage: said.type === "nothing" || said.stage === "" ? null : said.stage,
    doing: said.type === "vain" ? said.doing : null,
    ...(set === undefined ? {} : { rate: `ship.${set.rate}`, value: set.value }),
  });
}

function holderOf(said: Said): string | undefined {
  if (said.type === "unheard") return said.silent;
  return said.type === "taken" || said.type === "vain" || said.type === "unclear" ? said.holder : undefined;
}

/** What goes on goes on, and what is on its way back is on its way back; but no pause or approval can be had of it. */
function inVain(component: string, word: Word["word"], { rollout, doing }: Extract<Said, { type: "vain" }>): number {
  if (word === "resume" || word === "abort") return exits.done;
  throw new ShipError("refused", `There is nothing to ${word} in rollout ${rollout} of ${component}: it is ${doing}.`, {
    hint: `See what it does: ship status -c ${component}`,
  });
}

/** To stop what does not run is done; to go on with it is a mistake. */
function nothing(component: string, word: Word["word"]): number {
  if (word === "pause" || word === "abort") return exits.done;
  throw new ShipError("usage", `No rollout of ${component} is open: there is nothing to ${word}.`, {
    hint: `See what runs: ship status -c ${component}`,
  });
}

type Unheard = { readonly word: Word["word"]; readonly said: Extract<Said, { readonly type: "unheard" }> };

/** Nobody took it: where nobody runs, a pause has nothing to stop, an abort rolls back by itself, the others go on with it. */
async function unheard(session: Session, opened: Opened, { word, said }: Unheard): Promise<number | Left> {
  const { name } = opened.component;
  if (word === "pause" && said.silent === undefined) return exits.done;
  if (word === "pause")
    throw new ShipError(
      "unreachable",
      `Rollout ${said.rollout} of ${name} is not paused: its runner gave no sign of life.`,
      {
        hint: `If it wakes up, it goes on. To shut it out and put everything back: ship abort -c ${name}`,
      },
    );
  if (word === "abort") return rollBack(session, opened, "abort");
  const kept = word === "approve" ? approvedText(said) : " Whoever goes on with it finds it resumed.";
  const so = said.silent === undefined ? "Nobody runs" : "No runner that gives a sign of life has";
  const { rollout, release, typed } = said;
  return { rollout, release, typed, said: `${so} rollout ${rollout} of ${name}.${kept}` };
}

function approvedText({ stage }: Unheard["said"]): string {
  return stage === "" ? " It is not known which stage it has come to." : ` Stage ${stage} is approved on its hosts.`;
}
