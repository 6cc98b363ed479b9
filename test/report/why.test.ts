import { expect, test } from "vitest";
import { whyText } from "../../src/report/why.ts";
import { golden } from "./golden.ts";
import { story } from "./story.ts";

test("why a rollout went well, and why one did not", async () => {
  await golden("why-good", whyText(story({ hosts: 12, ending: "good", said: "" }), false));
  await golden("why-bad", whyText(story({ hosts: 12, ending: "bad", said: "exit 1" }), false));
});

test("of a rollout without an end it says so", async () => {
  const events = story({ hosts: 12, ending: "bad", said: "" });
  const cut = events.slice(
    0,
    events.findIndex((event) => event.type === "stage.failed"),
  );
  await golden("why-unfinished", whyText(cut, false));
  expect(whyText([], false)).toBe("Nothing is known of this rollout.\n");
});
