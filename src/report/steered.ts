import { holderSaid } from "../core/holder.ts";
import { amountSaid } from "../core/pace.ts";
import { duration } from "../core/words.ts";
import type { EventOf } from "./reporter.ts";
import { hostsText, plural, safe } from "./safe.ts";

type SteeredEvent = EventOf<
  | "rollout.paused"
  | "rollout.resumed"
  | "rollout.paced"
  | "evidence.restarted"
  | "rollout.aborted"
  | "stage.approved"
  | "approval.awaited"
  | "holder.watched"
  | "holder.superseded"
  | "rollout.steered"
  | "component.locked"
  | "component.unlocked"
>;

/** Who said what to a rollout, whom it was said to, and who is watched before a rollout begins. */
export function steeredSentence(event: SteeredEvent): string {
  switch (event.type) {
    case "holder.watched":
      return `rollout ${safe(event.unfinished, 60)} of ${safe(event.component, 60)} may be run by ${safe(holderSaid(event.holder), 200)}: looking for a sign of life for ${duration(event.within)}`;
    case "holder.superseded":
      return `no sign of life of ${safe(holderSaid(event.holder), 200)} in ${duration(event.still)}: taking over`;
    case "approval.awaited": {
      const time = event.within === null ? "" : `, for ${duration(event.within)}`;
      return `stage ${safe(event.stage, 60)} waits for somebody to approve it${time}: ship approve --reason TEXT`;
    }
    case "stage.approved":
      return `stage ${safe(event.stage, 60)} approved by ${byText(event)}`;
    case "rollout.paced":
      return `${safe(amountSaid(event.rate, event.value), 60)} from now on, by ${byText(event)}`;
    case "evidence.restarted":
      return `measured anew from now on: ${byText(event)}`;
    case "rollout.steered":
      return wordSentence(event);
    case "component.unlocked":
    case "component.locked": {
      if (event.hosts.length === 0) return `${safe(event.component, 60)} is not locked: there is nothing to open`;
      const done = event.type === "component.locked" ? "locked" : "unlocked";
      return `${safe(event.component, 60)} ${done} on ${plural(event.hosts.length, "host")} (${hostsText(event.hosts)}) by ${byText(event)}`;
    }
    default:
      return `by ${byText(event)}`;
  }
}

function byText({ by, why }: { readonly by: string; readonly why: string }): string {
  return `${safe(by, 120)}${why === "" ? "" : `: ${safe(why)}`}`;
}

function wordSentence(event: EventOf<"rollout.steered">): string {
  const { component, word, steered, taken, holder, doing, rate } = event;
  const said = safe(rate === undefined ? word : amountSaid(rate, event.value ?? 0), 60);
  if (steered === null) return `${said}: no rollout of ${safe(component, 60)} is open`;
  const rollout = `rollout ${safe(steered, 60)}`;
  if (doing !== null) {
    const vain = rate === undefined ? `nothing to ${said}` : "no host is to be changed any more";
    return `${said}: ${vain} in ${rollout}: it is ${safe(doing, 200)}`;
  }
  if (!taken && holder === null) return `${said}: nobody runs ${rollout} of ${safe(component, 60)}`;
  if (!taken) return `${said}: not taken for ${rollout}: no sign of life of ${safe(holderSaid(holder ?? ""), 200)}`;
  return `${said}: taken for ${rollout} by ${safe(holderSaid(holder ?? "its runner"), 200)}`;
}
