import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event, Happening } from "../../src/core/event.ts";
import { openJournal } from "../../src/journal/write.ts";
import { checkText } from "../../src/report/check.ts";
import { openGithub } from "../../src/report/github.ts";
import { outputs } from "../../src/report/index.ts";
import { logText, rolloutsText } from "../../src/report/log.ts";
import { planText } from "../../src/report/plan.ts";
import { statusText } from "../../src/report/status.ts";
import { whyText } from "../../src/report/why.ts";
import { screen } from "./screen.ts";
import { judgement, observed, planOf, story } from "./story.ts";

/** Ship's own words, of which there are only so many; every other text of an event is taken over by a host. */
const own: ReadonlySet<string> = new Set([
  ...["type", "time", "rollout", "outcome", "reason", "verdict", "cause", "state", "action", "direction", "phase"],
  ...["method", "digest", "operation"],
]);

function tainted<Value>(value: Value, said: string): Value {
  return JSON.parse(JSON.stringify(value), (key, inner) =>
    typeof inner === "string" && !own.has(key) ? `${said}${inner}${said}` : inner,
  );
}

const nasty = [
  "\u001b[2J",
  "\u001b]8;;http://evil\u0007",
  "\u001b]52;c;ZXZpbA==\u0007",
  "\u001bP$q\u001b\\",
  "\u009b31m",
  "\r",
  "\n",
  "\r\n::error::x",
  "\n::set-output name=result::success",
  "::stop-commands::x",
  "##[add-mask]e",
  "##",
  "#",
  "[group]",
  "##vso[task.x]",
  "##teamcity[x]",
  "section_start:1:x",
  "\u202e",
  "\u2066",
  "\u200b",
  "%0A::x::",
  "<b>|`",
  " ",
];
const hostile = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...nasty) }, fc.string({ unit: "binary", maxLength: 8 })), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

/** Written out by hand, and not with the class that the code uses. */
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const commands = /##[a-z]*\[|section_(start|end):/i;
const ours = /^::(group|endgroup|error|warning|notice|stop-commands|[0-9a-f]{32})( title=[^:\n]*)?::/;

function expectHarmless(text: string): void {
  expect(text).not.toMatch(steering);
  expect(text).not.toMatch(commands);
  for (const line of text.split("\n")) expect(line.trimStart().startsWith("::")).toBe(false);
}

function events(said: string): readonly Event[] {
  const [bad, good] = [story({ hosts: 5, ending: "bad", said: "boom" }), story({ hosts: 3, ending: "good", said: "" })];
  const last = bad.at(-1)?.time ?? "";
  const more: readonly Event[] = [
    {
      type: "host.lost",
      host: "api-01",
      release: "v408-3f2a9c1b",
      operation: "switch",
      reason: "no answer: x",
      time: last,
      seq: 900,
    },
    {
      type: "command.failed",
      outcome: "refused",
      message: "m",
      hint: "h",
      details: ["a", "b\nc"],
      time: last,
      seq: 901,
    },
  ];
  const by = { by: "ada", why: "x" };
  const steering: readonly Happening[] = [
    { type: "rollout.paused", ...by },
    { type: "rollout.resumed", ...by },
    { type: "rollout.paced", rate: "ship.width", value: 2, ...by },
    { type: "evidence.restarted", ...by },
    { type: "rollout.aborted", ...by },
    { type: "stage.approved", stage: "beta", ...by },
    { type: "approval.awaited", stage: "beta", index: 1, within: 1000 },
    { type: "component.locked", component: "api", hosts: ["api-01"], missed: ["api-02: no route"], ...by },
    {
      type: "rollout.steered",
      component: "api",
      word: "pause",
      steered: "r-1",
      taken: true,
      holder: "ada",
      stage: "x",
      doing: null,
    },
    { type: "holder.watched", component: "api", unfinished: "r-1", holder: "ada", within: 10_000 },
    { type: "holder.superseded", component: "api", unfinished: "r-1", holder: "ada", still: 10_000 },
    { type: "transport.chosen", transport: "openssh", hosts: ["api-01"], reason: "CertificateFile" },
    { type: "host.rearmed", host: "api-01", where: "crontab" },
    {
      ...{ type: "flag.declared", flag: "lxc", components: ["api"], variants: { on: true }, default: "on" },
      ...{ owner: "ada", expires: "2027-03-01", expired: false },
    },
    { type: "rate.declared", rate: "publish", component: "api", default: 10, min: 0, max: null },
    { type: "host.stepped", host: "api-01", release: "v408-3f2a9c1b", run: "bin/migrate" },
    { type: "rollout.interrupted", signal: "SIGTERM" },
  ];
  const told = steering.map((one, index) => ({ ...one, time: last, seq: 910 + index }));
  return [...good, ...bad, ...more, ...told].map((event) => ({ ...tainted(event, said), time: event.time }));
}

test("S14, S15: property: whatever any text of any event holds, no view is steered and none holds a command", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (said) => {
      const told = events(said);
      for (const name of ["plain", "json"] as const) {
        const page = screen();
        const reporter = await outputs[name].open(page, true);
        for (const event of told) reporter.report(event);
        await reporter.close();
        expectHarmless(page.out() + page.err());
      }
      const seen = ["api-01", "api-02"].map((host, seq) => ({ ...observed(host, "all"), time: "", seq }));
      const options = { color: false, cohorts: [`${said}all`] };
      const entry = {
        id: "r",
        time: told[0]?.time ?? "",
        component: "api",
        version: "v1",
        by: "ada",
        why: "x",
        outcome: undefined,
        took: 1,
      };
      for (const text of [
        whyText(told, false),
        ...told.map(logText),
        statusText(tainted(seen, said), options),
        planText(tainted(planOf(5), said), { color: false, dry: true, forecast: undefined }),
        checkText(
          [
            tainted(judgement("p99 < 5", "fail", 9, 5), said),
            tainted(judgement("a < 5", "undecided", undefined, 5), said),
          ],
          false,
        ),
        rolloutsText([tainted(entry, said)]),
      ])
        expectHarmless(text);
    }),
    { numRuns: 40 },
  );
});

test("S15: property: in a GitHub job only ship's own commands stand at a line's start, and a host's output between markers", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (said) => {
      const page = screen();
      const reporter = openGithub(page, true);
      for (const event of events(said)) reporter.report(event);
      await reporter.close();
      const text = page.out() + page.err();
      expect(text).not.toMatch(steering);
      expect(text).not.toMatch(commands);
      let token: string | undefined;
      for (const line of text.split("\n").filter((one) => one.trimStart().startsWith("::"))) {
        expect(line).toMatch(ours);
        const started = /^::stop-commands::([0-9a-f]{32})$/.exec(line)?.[1];
        if (token !== undefined) expect(line).toBe(`::${token}::`);
        token = started;
      }
      expect(token).toBeUndefined();
      expect(text).toMatch(/::stop-commands::[0-9a-f]{32}\n.*boom/s);
    }),
    { numRuns: 30 },
  );
});

test("S14: the live view lets nothing of a host through raw", async () => {
  const page = screen();
  const reporter = await outputs.tty.open(page, true);
  const said = "\u001b]52;c;ZXZpbA==\u0007\u009b2J\u202e\r##[group]";
  for (const event of events(said)) {
    reporter.report(event);
    if (event.type === "stage.started") await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await reporter.close();
  const text = page.out() + page.err();
  expect(text).toContain("boom");
  for (const raw of ["\u001b]52", "\u0007", "\u009b", "\u202e", "\r#", "##[group]"]) expect(text).not.toContain(raw);
});

test("S14, S15: property: a journal that is shown as it is steers nothing, and reads back", () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-journal-"));
  try {
    fc.assert(
      fc.property(hostile, fc.nat(), (said, name) => {
        const file = join(folder, `${name}.ndjson`);
        rmSync(file, { force: true });
        const journal = openJournal(file, (reason) => expect(reason).toBe(""));
        const told = events(said);
        for (const event of told) journal.write(event);
        journal.close();
        const text = readFileSync(file, "utf8");
        expectHarmless(text);
        expect(
          text
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line)),
        ).toEqual(JSON.parse(JSON.stringify(told)));
      }),
      { numRuns: 20 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("S16: the job's summary is text and nothing else, whatever a host says, and no output or variable is set", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-summary-"));
  try {
    const [summary, output] = [join(folder, "summary.md"), join(folder, "output")];
    const page = screen({ env: { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output, GITHUB_ENV: output } });
    const reporter = openGithub(page, false);
    for (const event of events("</td><script>\n\n# x\nresult=success\n[a](javascript:b)![i](http://evil)"))
      reporter.report(event);
    await reporter.close();
    const text = readFileSync(summary, "utf8");
    expect(text).not.toMatch(/<script|javascript:|\]\(|^result=|^# x/m);
    expect(() => readFileSync(output)).toThrow("ENOENT");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
