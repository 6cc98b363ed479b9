import { expect, test } from "vitest";
import { steeredSentence } from "../../src/report/steered.ts";

const steered = {
  type: "rollout.steered",
  component: "api",
  word: "pause",
  steered: "r-1",
  taken: false,
  holder: "ada@desk",
  stage: "all",
  doing: null,
  time: "",
  seq: 1,
} as const;

test("who runs a rollout is said in one way, and a component that was not locked is not said to be opened", () => {
  const holder = "ada@desk/1f pid 7 start 9 since 2026-11-21T22:30:00Z in /srv";
  expect(steeredSentence({ ...steered, taken: true, holder })).toBe(
    "pause: taken for rollout r-1 by ada on desk/1f (pid 7, in /srv), since 2026-11-21T22:30:00Z",
  );
  const unlocked = { ...steered, type: "component.unlocked", by: "ada", why: "", hosts: [], missed: [] } as const;
  expect(steeredSentence(unlocked)).toBe("api is not locked: there is nothing to open");
});

test("what became of a word is said as it is: taken, in vain, unheard, or for nobody", () => {
  expect(steeredSentence({ ...steered, taken: true })).toBe("pause: taken for rollout r-1 by ada@desk");
  expect(steeredSentence({ ...steered, doing: "rolling back, 3 hosts are back" })).toBe(
    "pause: nothing to pause in rollout r-1: it is rolling back, 3 hosts are back",
  );
  expect(steeredSentence(steered)).toBe("pause: not taken for rollout r-1: no sign of life of ada@desk");
  expect(steeredSentence({ ...steered, holder: null })).toBe("pause: nobody runs rollout r-1 of api");
  expect(steeredSentence({ ...steered, steered: null })).toBe("pause: no rollout of api is open");
});
