import { stageOfBytes } from "./bytes.ts";
import { hostsOfStage } from "./hosts.ts";
import { announce, type Reduced, type State, stay } from "./state.ts";

/** How often it is told how far the bytes are, ms. */
const tellEvery = 1_000;

/** Tells of bytes on their way, when there is news. `sent`: bytes that have left here since the run began. */
export function tellBytes(state: State, sent: number | undefined): Reduced {
  const { told } = state.bytes;
  const index = stageOfBytes(state) ?? -1;
  const stage = state.given.plan.stages[index];
  if (sent === undefined || stage === undefined || state.now - told.at < tellEvery) return stay(state);
  const hosts = hostsOfStage(state, index).filter(({ plan }) => plan.action === "change");
  const placing = hosts.filter(({ at }) => at === "placing").length;
  const placed = hosts.filter(({ at, bad }) => at !== "waiting" && at !== "placing" && !bad).length;
  if (sent === told.sent && placed === told.placed) return stay(state);
  const { size } = state.given;
  return {
    state: { ...state, bytes: { ...state.bytes, told: { sent, placed, at: state.now } } },
    effects: [announce({ type: "bytes.sent", stage: stage.name, sent, size, placing, placed, hosts: hosts.length })],
  };
}
