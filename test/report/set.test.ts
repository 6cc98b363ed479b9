import { describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { logText } from "../../src/report/log.ts";
import { openPlain } from "../../src/report/plain.ts";
import type { EventOf } from "../../src/report/reporter.ts";
import { remedyText, setText, whySetText } from "../../src/report/set.ts";
import { setEntry } from "../../src/report/set-entry.ts";

const time = "2026-11-21T22:30:00.000Z";
const api = { change: "api", kind: "release", version: "v413" } as const;
const lxc = { change: "flag:lxc", kind: "flag", version: "on" } as const;
const started = (index: number, direction: "forward" | "rollback" = "forward"): EventOf<"part.started"> => {
  return { type: "part.started", set: "ab12cd34", component: "api", index, direction, parts: [api, lxc], time, seq: 1 };
};
const measured: EventOf<"set.measured"> = {
  ...{
    type: "set.measured",
    set: "ab12cd34",
    component: "api",
    verdict: "pass",
    judgements: [],
    took: 5_000,
    time,
    seq: 2,
  },
};
const ended: EventOf<"set.ended"> = {
  type: "set.ended",
  set: "ab12cd34",
  component: "api",
  outcome: "rolled-back",
  exit: 3,
  summary: "flag:lxc: on failed in stage first. Put back: flag:lxc.",
  hint: "ship why ab12cd34 shows the evidence.",
  parts: [
    { ...api, rollout: "20261121-223000-ab12cd34-1of2", state: "stays" },
    { ...lxc, rollout: null, state: "put back" },
  ],
  took: 33_000,
  by: "ada@desk",
  why: "the talk",
  time,
  seq: 3,
};

test("the last page says how the set ended, and how each part stands", () => {
  expect(setText(ended, false)).toMatchInlineSnapshot(`
    "✖ rolled-back  change set ab12cd34 of api
      flag:lxc: on failed in stage first. Put back: flag:lxc.

      1  api v413     stays     rollout 20261121-223000-ab12cd34-1of2
      2  flag:lxc on  put back

      ship why ab12cd34 shows the evidence.
      By ada@desk in 33 s, because: the talk. Exit 3.
    "
  `);
  const { set: _, ...rest } = ended;
  expect(setText({ ...rest, set: "", hint: undefined, why: undefined }, false)).toMatch(/change set of api\n/);
});

test("host-born and typed words come out harmless", () => {
  const text = setText({ ...ended, summary: "a\u001b[2Jb", by: "eve\n::error::x" }, false);
  expect(text).not.toMatch(/\u001b/);
  expect(text).not.toMatch(/\n::error/);
});

test("a line for each of its events", () => {
  const lines = [started(2), started(1, "rollback"), measured, ended].map((event) => logText(event).slice(10));
  expect(lines).toEqual([
    "part.started        part 2 of 2 of the set ab12cd34: flag:lxc on",
    "part.started        part 1 of 2 of the set ab12cd34: api v413 is put back",
    "set.measured        measured for 5 s since: the service is well again",
    "set.ended           rolled-back (exit 3) after 33 s: flag:lxc: on failed in stage first. Put back: flag:lxc.",
  ]);
  expect(logText(started(9))).toMatch(/part 9 of 2 of the set ab12cd34: $|part 9 of 2 of the set ab12cd34:$/);
});

test("the view of lines shows the parts, the measurement and the page", () => {
  const out: string[] = [];
  const write = (text: string) => void out.push(text);
  const view = openPlain({ write, warn: write, columns: 80, color: false, env: {} }, false);
  for (const event of [started(1), { ...measured, verdict: "undecided" } as const, ended]) view.report(event);
  expect(out.join("")).toMatch(
    /part 1 of 2 [\s\S]*measured for 5 s since: no verdict\n[\s\S]*✖ rolled-back {2}change set ab12cd34/,
  );
});

test("the plan says what becomes of the others when a part fails", () => {
  expect(remedyText(undefined)).toBe("all of them are put back, newest first");
  expect(remedyText(["rate", "release"])).toMatch(/in this order: rate, release; after each it is measured/);
});

describe("afterwards", () => {
  const rollout: Event = {
    ...{ type: "rollout.started", component: "api", version: "v413", release: "v413-1", direction: "forward" },
    ...{ by: "ada@desk", from: "/", why: undefined, overrides: [], continued: false, time, seq: 2 },
  };

  test("the list has one line for a set, told by its last end", () => {
    const entry = setEntry("ab12cd34", [
      [started(1), rollout],
      [started(2), ended],
    ]);
    expect(entry).toMatchObject({ component: "api", version: "set: api v413, flag:lxc on", outcome: "rolled-back" });
    const again = { ...rollout, time: "2026-11-21T22:40:00.000Z" };
    expect(
      setEntry("ab12cd34", [
        [started(1), rollout, ended],
        [started(2), again],
      ])?.outcome,
    ).toBeUndefined();
    expect(setEntry("x", [[rollout]])).toBeUndefined();
  });

  test("why begins with the set's last end, where there was one", () => {
    expect(whySetText([rollout], false)).toBe("");
    const later = { ...ended, outcome: "done", time: "2026-11-21T22:50:00.000Z" } as const;
    expect(whySetText([later, rollout, ended], false)).toMatch(/^✔ done {2}change set ab12cd34 of api\n/);
  });
});
