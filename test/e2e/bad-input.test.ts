import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Piece, tarGzOf, tarOf } from "../artifacts/tar-writer.ts";
import { all, answering, everyByte, names, recorded, type Setting, smallFleet } from "./fleet.ts";
import { journalsOf, openPlace, type Place, said } from "./ship.ts";

const slow = 400_000;
const hosts = names(3);

function rewrite(place: Place, setting: Setting = {}): void {
  for (const [file, text] of Object.entries(smallFleet(setting))) place.write(file, text);
}

/** None of these gets as far as a host: no sandbox is started. */
describe("a mistake that needs no host to be seen", { timeout: slow }, () => {
  let place: Place;
  beforeAll(() => {
    place = openPlace(smallFleet());
  });
  beforeEach(() => rewrite(place));
  afterAll(() => place.close());

  const assertion = (text: string) => ({ assertions: `[{ assert: "${text}" }]` });
  const rows: readonly (readonly [string, () => void, readonly string[], readonly RegExp[]])[] = [
    ["a component that there is not", () => {}, ["-c", "apl"], [/there is no component "apl"/, /did you mean "api"/]],
    [
      "an option that there is not",
      () => {},
      ["--verion", "v408"],
      [/unknown option '--verion'/, /Did you mean --version/],
    ],
    [
      "a key that there is not",
      () => rewrite(place, { lines: { on_failur: "hold" } }),
      [],
      [/ship\.config\.yaml:\d+:5: unknown key "on_failur"\n +on_failur: hold\n +\^\n/, /did you mean "on_failure"/],
    ],
    [
      "a metric that is misspelt",
      () => rewrite(place, { lines: assertion("p9_latency < 50") }),
      [],
      [/p9_latency is not a metric/, /\n {4} +assertions: .*\n {4} +\^\n/, /did you mean "p99_latency"/],
    ],
    [
      "a number where YAML has eaten the last zero",
      () => rewrite(place, { lines: { env: "{ RELEASE: 1.10 }" } }),
      [],
      [/1\.10 is the number 1\.1 to YAML/, /in quotes: "1\.10"/],
    ],
    [
      "a variable that is not set",
      () => rewrite(place, { lines: { env: '{ TOKEN: "$' + '{NOPE}" }' } }),
      [],
      [/ship\.config\.yaml:\d+:\d+: "NOPE" is not set/, /\^/],
    ],
    [
      "a cohort that names no host",
      () => place.write("cohorts/all.yaml", "includes: [first]\nhosts: []\n"),
      [],
      [/cohorts\/all\.yaml:\d+:\d+: the cohort "all" names no host/],
    ],
    [
      "the same host twice",
      () => place.write("cohorts/all.yaml", "includes: [first]\nhosts: [h2, h2]\n"),
      [],
      [/cohorts\/all\.yaml:2:13: h2 is named twice/],
    ],
    [
      "cohorts that do not nest",
      () => place.write("cohorts/all.yaml", "hosts: [h2, h3]\n"),
      [],
      [/cohorts "all" and "first" do not nest/, /includes: \[all\] here, or the other way round/],
    ],
    ["no config", () => {}, ["--config", "nowhere.yaml"], [/nowhere\.yaml/]],
  ];

  test.each(rows)("%s", async (_name, prepare, args, says) => {
    prepare();
    const ended = await place.ship(["--version", "v408", ...args]);
    expect(ended.exit).toBe(2);
    for (const words of says) expect(said(ended)).toMatch(words);
    expect(existsSync(join(place.folder, ".ship"))).toBe(false);
  });

  test("a command that there is not", async () => {
    const ended = await place.ship(["statsu"]);
    expect(ended.exit).toBe(2);
    expect(said(ended)).toMatch(/no command "statsu".* Did you mean status\?/);
  });

  test("a folder without a config, and none above", async () => {
    const ended = await place.ship(["--version", "v408"], { cwd: "/" });
    expect(ended.exit).toBe(2);
    expect(said(ended)).toMatch(/ship\.config\.yaml[\s\S]*--config FILE/);
  });

  test("all mistakes are shown, not the first", async () => {
    rewrite(place, { lines: { on_failur: "hold", ...assertion("p9_latency < 50"), keep: "none" } });
    const ended = await place.ship(["--version", "v408"]);
    expect(ended.exit).toBe(2);
    for (const words of ["3 mistakes", "on_failur", "p9_latency", "keep"]) expect(said(ended)).toContain(words);
  });
});

describe("a request that does not fit", { timeout: slow }, () => {
  let place: Place;
  let untouched: readonly string[];
  beforeAll(async () => {
    place = openPlace(smallFleet());
    await place.ship(["sandbox", "up"]);
    untouched = await everyByte(place);
  }, slow);
  afterAll(() => place.close());

  const rows: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["no version", [], /Which version\?/],
    ["a version that there is not", ["--version", "v4O8"], /no version "v4O8"[\s\S]*v408[\s\S]*Did you mean v408\?/],
    ["a version that leaves the folder", ["--version", "../v408"], /cannot be the name of a version/],
    ["a version with a slash", ["--version", "a/b"], /cannot be the name of a version/],
    ["a version with a space", ["--version", "v 408"], /cannot be the name of a version/],
    ["a version with a line's end", ["--version", "v408\nx"], /v408\\nx/],
    ["a cohort that no stage is for", ["--version", "v408", "--to", "frist"], /cohort "frist"[\s\S]*first, all/],
    ["a pattern that fits no host", ["--version", "v408", "--only-hosts", "x*"], /No host of api matches "x\*"/],
    ["a time without a unit", ["--version", "v408", "--timeout", "90"], /"90" is not a duration/],
    ["an answer that there is not", ["--version", "v408", "--on-failure", "panic"], /rollback or hold/],
    ["an override without a reason", ["--version", "v408", "--fix-forward"], /--fix-forward needs a reason/],
    ["a plan that is not there", ["apply", "plan.json"], /plan\.json cannot be read/],
    [
      "a plan to keep that knows nothing of the hosts",
      ["plan", "--version", "v408", "--offline", "--out", "plan.json"],
      /made --offline cannot be kept/,
    ],
  ];

  test("a plan made --offline says that what runs is not known, and not that nothing does", async () => {
    const ended = await place.ship(["plan", "--version", "v408", "--offline"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.stdout).toMatch(/\? → v408/);
    expect(ended.stdout).not.toContain("nothing →");
  });

  test.each(rows)("%s", async (_name, args, says) => {
    const ended = await place.ship(args);
    expect(ended.exit, said(ended)).toBe(2);
    expect(said(ended)).toMatch(says);
  });

  const good: Piece = { name: "app.mjs", body: "export {};\n" };
  const archives: readonly (readonly [string, Buffer, RegExp])[] = [
    [
      "truncated",
      tarGzOf([{ ...good, body: "x".repeat(9_000) }]).subarray(0, 60),
      /is not safe to ship: it is cut short/,
    ],
    ["text and not an archive", Buffer.from("<html>404</html>\n"), /is not safe to ship: it is no gzip/],
    [
      "cut off inside",
      gzipSync(tarOf([{ ...good, body: "x".repeat(9_000) }]).subarray(0, 3_000)),
      /is not safe to ship: it is cut short/,
    ],
    ["reaching outside", tarGzOf([good, { name: "../evil", body: "x" }]), /\.\.\/evil/],
    ["absolute", tarGzOf([good, { name: "/etc/evil", body: "x" }]), /\/etc\/evil/],
    ["linking outside", tarGzOf([good, { name: "out", type: "2", link: "../../../etc" }]), /out/],
  ];

  test.each(archives)(
    "an archive that is %s is refused before any host hears of it (cell 40)",
    async (name, bytes, says) => {
      const version = name.replaceAll(" ", "-");
      place.write(`versions/${version}.tar.gz`, "");
      writeFileSync(join(place.folder, `versions/${version}.tar.gz`), bytes);
      rewrite(place, { lines: { source: '{ type: dir, path: "versions/{version}.tar.gz" }' } });
      const ended = await place.ship(["--version", version]);
      rewrite(place);
      expect(ended.exit, said(ended)).toBe(6);
      expect(said(ended)).toMatch(says);
      expect(said(ended)).toContain(version);
    },
  );

  test("a host whose disk is full is named, and the others are left alone (cell 25)", async () => {
    await place.ship(["sandbox", "break", "h3", "disk"]);
    const ended = await place.ship(["--version", "v408"]);
    await place.ship(["sandbox", "break", "h3", "up"]);
    expect(ended.exit, said(ended)).toBe(6);
    expect(said(ended)).toMatch(/h3 has 0 B free under api, and needs/);
  });

  test("none of them has changed anything on a host", async () => {
    expect(await everyByte(place)).toEqual(untouched);
  });
});

describe("a host that is down", { timeout: slow }, () => {
  let place: Place;
  beforeAll(async () => {
    place = openPlace(smallFleet());
    await place.ship(["sandbox", "up"]);
    await place.ship(["sandbox", "break", "h3", "down"]);
  }, slow);
  afterAll(() => place.close());

  test("stands in the way, by name (cell 17)", async () => {
    const before = await everyByte(place);
    const ended = await place.ship(["--version", "v408"]);
    expect(ended.exit, said(ended)).toBe(7);
    expect(said(ended)).toMatch(/h3 \(all\): .*refused/);
    expect(said(ended)).toContain("--skip-hosts");
    expect(await everyByte(place)).toEqual(before);
  });

  test("is left behind where max_failed allows for it, and named, and comes along later (cells 17, 80)", async () => {
    rewrite(place, { lines: { max_failed: "1" } });
    const ended = await place.ship(["--version", "v408"]);
    expect(ended.exit, said(ended)).toBe(0);
    expect(ended.stdout).toMatch(/behind +1 .*h3/);
    expect(await answering(place)).toEqual(["h1 v408", "h2 v408", "h3 v407"]);
    await place.ship(["sandbox", "break", "h3", "up"]);
    const later = await place.ship(["--version", "v408"]);
    expect(later.exit, said(later)).toBe(0);
    expect(await recorded(place)).toEqual(all(hosts, "v408 proven"));
  });
});

describe("a secret", { timeout: slow }, () => {
  test("that comes from the environment stands in no output, no journal, no plan, and reaches the app", async () => {
    const secret = "hunter2-and-some-more";
    const env = { TOKEN: secret };
    const lines = {
      env: '{ TOKEN: "$' + '{TOKEN}" }',
      activate: '\'echo "token $TOKEN" && touch "seen-$TOKEN" && ./bin/restart\'',
    };
    const place = openPlace(smallFleet({ hosts: 2, lines }));
    try {
      const outputs = [
        await place.ship(["sandbox", "up"], { env }),
        await place.ship(["plan", "--version", "v408", "--out", "plan.json"], { env }),
        await place.ship(["--version", "v408", "--to", "first", "--json", "-v"], { env }),
        await place.ship(["--version", "v410", "-v"], { env }),
        await place.ship(["why"], { env }),
        await place.shell("cat plan.json"),
      ];
      expect(outputs.map(({ exit }) => exit)).toEqual([0, 0, 0, 3, 0, 0]);
      expect(journalsOf(place)).toContain("rollout.ended");
      for (const text of [...outputs.map(said), journalsOf(place)]) expect(text).not.toContain(secret);
      const seen = await place.shell("ls .ship/sandbox/hosts/h1/api/current/");
      expect(seen.stdout).toContain(`seen-${secret}`);
    } finally {
      await place.close();
    }
  });
});
