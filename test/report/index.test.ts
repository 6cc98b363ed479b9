import fc from "fast-check";
import { expect, test } from "vitest";
import type { OutputName } from "../../src/report/choose.ts";
import { outputs } from "../../src/report/index.ts";
import { logText } from "../../src/report/log.ts";
import { whyText } from "../../src/report/why.ts";
import { screen } from "./screen.ts";
import { story } from "./story.ts";

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\u001b[2J",
        "\u009b31m",
        "\r",
        "\n",
        "::error::x",
        "##[group]",
        "##vso[a]",
        "\u202e",
        "%0A::x::",
        "|",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
  )
  .map((parts) => parts.join(""));

const ours = /^::(group|endgroup|error|warning|notice|stop-commands|[0-9a-f]{32})( title=[^:\n]*)?::/;
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

async function told(name: OutputName, said: string): Promise<string> {
  const page = screen();
  const reporter = await outputs[name].open(page, true);
  for (const event of story({ hosts: 5, ending: "bad", said })) reporter.report(event);
  await reporter.close();
  return page.out() + page.err();
}

test("property: whatever a host says, no log and no page is steered by it", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (said) => {
      const events = story({ hosts: 5, ending: "bad", said });
      const texts = [
        await told("plain", said),
        await told("github", said),
        whyText(events, false),
        ...events.map(logText),
      ];
      for (const text of texts) {
        expect(text).not.toMatch(steering);
        expect(text).not.toMatch(/##\[|##vso\[/);
        for (const line of text.split("\n")) if (line.trimStart().startsWith("::")) expect(line).toMatch(ours);
      }
    }),
    { numRuns: 60 },
  );
});

test("each view of the table opens, tells a rollout and closes", async () => {
  for (const name of ["tty", "plain", "github", "json"] as const) {
    expect(await told(name, "exit 1")).toContain(
      name === "json" ? '"type":"rollout.ended"' : "✖ rolled-back  api v408",
    );
  }
});
