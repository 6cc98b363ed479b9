import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { all, answering, names, openFleet, recorded } from "./fleet.ts";
import { said } from "./ship.ts";

const hosts = names(3);

/** A service that shows nothing of itself but health: what else is known of it, ship finds out by its own requests. */
describe("a component with nothing but a probe", { timeout: 400_000 }, () => {
  const few = "min_events: 5, min_readings: 2";
  const place = openFleet({
    lines: {
      metrics: "{}",
      probe: '{ url: "http://127.0.0.1:8080/", every: 100ms }',
      assertions: `[{ assert: "probe.p99 < 1000", ${few} }, { assert: "each.probe.error_rate <= 0.01", ${few} }]`,
    },
  });

  /** A version like v408, with this in place of that in one of its files. */
  function version(name: string, file: string, [from, to]: readonly [string, string]): void {
    const artifacts = join(place().folder, ".ship/sandbox/artifacts");
    for (const one of ["app.mjs", "sdk.mjs", "version.json", "bin/restart", "bin/stop"]) {
      const text = readFileSync(join(artifacts, "v408", one), "utf8").replaceAll("v408", name);
      place().write(`.ship/sandbox/artifacts/${name}/${one}`, one === file ? text.replace(from, to) : text);
    }
  }

  beforeAll(async () => {
    version("slow", "app.mjs", [
      "> 0) answerAll(socket, requests)",
      "> 0) setTimeout(answerAll, 1500, socket, requests)",
    ]);
    version("failing", "version.json", ['"errorsAfter": null', '"errorsAfter": 2']);
    await place().shell("chmod +x .ship/sandbox/artifacts/*/bin/*");
  });

  test("ships what answers well", async () => {
    const ended = await place().ship(["--version", "v408"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(await recorded(place())).toEqual(all(hosts, "v408 proven"));
  });

  test.each([
    ["slow", "probe.p99 < 1000"],
    ["failing", "each.probe.error_rate <= 0.01"],
  ])("takes back what is %s, by its own requests", async (name, assertion) => {
    const ended = await place().ship(["--version", name, "--json"]);
    expect(ended.exit, said(ended)).toBe(3);
    const failed = ended.events.flatMap((event) =>
      event.type === "assertion.judged" && event.judgement.verdict === "fail" ? [event.judgement.assertion] : [],
    );
    expect(failed).toContain(assertion);
    expect(failed.every((text) => text.includes("probe."))).toBe(true);
    expect(await answering(place())).toEqual(all(hosts, "v408"));
  });
});
