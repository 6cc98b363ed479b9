import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import { openGithub } from "../../src/report/github.ts";
import { golden } from "./golden.ts";
import { screen } from "./screen.ts";
import { story } from "./story.ts";

async function told(events: readonly Event[], env: Record<string, string> = {}) {
  const page = screen({ env });
  const reporter = openGithub(page, false);
  for (const event of events) reporter.report(event);
  await reporter.close();
  return page;
}

/** The token that switches commands off is a new one each time. */
const still = (text: string) => text.replace(/[0-9a-f]{32}/g, "TOKEN");

test("a good rollout", async () => {
  const page = await told(story({ hosts: 12, ending: "good", said: "" }));
  await golden("github-good", page.out());
});

test("a bad rollout, with a job summary", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-report-"));
  try {
    const path = join(folder, "summary.md");
    const said = "100% | <b>`x`</b> ##[error]\n::set-env name=A::b";
    const page = await told(story({ hosts: 12, ending: "bad", said }), { GITHUB_STEP_SUMMARY: path });
    await golden("github-bad", still(page.out()));
    await golden("github-summary", readFileSync(path, "utf8"));
    expect(page.err()).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a summary that cannot be written is said, and no more", async () => {
  const page = await told(story({ hosts: 5, ending: "good", said: "" }), { GITHUB_STEP_SUMMARY: "/nowhere/at/all" });
  expect(page.err()).toMatch(/^The job summary could not be written: ENOENT/);
  expect(page.out()).toContain("✔ done");
});

test("ten annotations of a kind, and every line", async () => {
  const failed = (n: number): Event => ({
    type: "host.failed",
    host: `api-${n}`,
    release: "v408-3f2a9c1b",
    operation: "activate",
    cause: "failed",
    detail: "50%, sadly: no",
    log: "",
    time: "2026-11-21T22:30:00.000Z",
    seq: n,
  });
  const page = await told(Array.from({ length: 50 }, (_, n) => failed(n)));
  const lines = page.out().split("\n");
  expect(lines.filter((line) => line.startsWith("::warning title=api-")).length).toBe(10);
  expect(lines.filter((line) => /^\d.* failed: activate/.test(line)).length).toBe(50);
  expect(lines).toContain("::warning title=api-3::api-3  failed: activate, 50%25, sadly: no");
});

test("what stands in a title cannot end it", async () => {
  const page = await told([
    {
      type: "stage.held",
      stage: "a,b::c%",
      index: 0,
      reason: "no-evidence",
      detail: "",
      judgements: [],
      time: "",
      seq: 1,
    },
  ]);
  expect(page.out()).toContain("::warning title=stage a%2Cb%3A%3Ac%25 held::");
});
