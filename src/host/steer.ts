import type { Answer } from "../core/host.ts";
import { answerTo } from "./order.ts";
import { claims, prelude, signs } from "./prelude.ts";
import type { Asked, Site } from "./run.ts";

/** Leaves a word for the runner. It lasts: an approval is found by the run that goes on, whenever that is. */
export function steer(site: Site, { text: says }: Asked<"steer">): Promise<Answer> {
  return leave(site, "word", says);
}

/** Closes the component to rollouts, or opens it; makes the folder where no rollout has been. */
export function lock(site: Site, { text: says }: Asked<"lock">): Promise<Answer> {
  return leave(site, "closed", says);
}

function leave(site: Site, name: "word" | "closed", says: string): Promise<Answer> {
  return answerTo(site, { words: { name, says }, text: prelude + claims + signs + text });
}

const text = `
complaint=$(mkdir -p "$S" 2>&1) || fail 'the tree cannot be made' "$complaint"
known || fail 'the record does not parse'
put_sign "$name" "$says" && settled "$S" || fail 'it could not be written'
answer_done
`;
