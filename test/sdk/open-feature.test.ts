import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flagArchive } from "../../src/changes/flag-release.ts";
import { readAudience } from "../../src/config/audience.ts";
import type { FlagPolicy, FlagState } from "../../src/core/flag.ts";
import { readDefinitions } from "../../src/sdk/definitions.ts";
import { evaluate } from "../../src/sdk/evaluate.ts";
import { createFlagHost, type FlagHost } from "../changes/flag-host.ts";
import { stateOf } from "../core/flags.ts";
import { type Answered, hasOpenFeature, type Question, type Reader, startReader } from "./open-feature.ts";

const switched = { variants: { on: true, off: false }, default: "off" };

type Asked = Pick<FlagPolicy, "variants" | "default"> & { readonly state: Partial<FlagState> };

/** Flags as they may be declared, and one with objects besides, each in a state that `ship flag` can be asked for. */
const asked: Readonly<Record<string, Asked>> = {
  plain: { ...switched, state: {} },
  off: { ...switched, state: { variant: "off" } },
  tenth: { ...switched, state: { percent: 10 } },
  "thin.2_5": { ...switched, state: { percent: 2.5, key: "account" } },
  shops: { ...switched, state: { for: audiences("app=shop-17,shop-18") } },
  seats: { ...switched, state: { for: audiences("seat=7,12") } },
  pro: { ...switched, state: { for: audiences('plan == "pro" && age >= 18'), percent: 20 } },
  begins: { ...switched, state: { for: audiences('email.endsWith("@example.com") || zone in ["a", "Tōkyō"]') } },
  engine: { variants: { old: "v1", new: "v2", next: "v3" }, default: "old", state: { variant: "next", percent: 30 } },
  size: { variants: { small: 1, large: 64.5 }, default: "small", state: { variant: "large", percent: 50 } },
  limits: { variants: { low: { cpu: 1 }, high: { cpu: 8 } }, default: "low", state: { variant: "high" } },
};

function audiences(text: string): FlagState["for"] {
  const read = readAudience(text);
  if (read.type === "complaint") throw new Error(read.message);
  return [read.audience];
}

/** Puts a flag into the host's file with the programs that ship sends there. */
function put(host: FlagHost, name: string, { state, ...declared }: Asked): void {
  const policy = { ...declared, name, components: ["api"], owner: undefined, expires: undefined };
  const archive = flagArchive(policy, stateOf(state));
  if (archive.type === "complaint") throw new Error(archive.message);
  const folder = join(host.path, `.ship/flags/${name}/releases/v-3f2a9c1b`);
  mkdirSync(folder, { recursive: true });
  for (const file of archive.files) writeFileSync(join(folder, file.name), file.text);
  expect(host.run(folder, "apply")).toEqual({ code: 0, out: "", err: "" });
}

/**
 * Two hundred of whom an application may ask; some say little of themselves. What shares are split by is ASCII here: beyond it
 * flagd's JavaScript provider hashes the units of UTF-16, where flagd itself and ship hash the bytes of UTF-8.
 */
const contexts = Array.from({ length: 200 }, (_, at) => ({
  ...(at % 23 === 0 ? {} : { targetingKey: `user-${at}` }),
  ...(at % 7 === 0 ? {} : { account: `account-${at % 90}` }),
  ...(at % 3 === 0 ? {} : { app: `shop-${at % 40}`, seat: at % 2 === 0 ? at % 15 : `${at % 15}` }),
  ...(at % 5 === 0 ? {} : { plan: at % 2 === 0 ? "pro" : "free", age: at % 40 }),
  ...(at % 11 === 0 ? { email: `a${at}@example.com` } : { zone: ["a", "b", "c", "Tōkyō"][at % 4] ?? "" }),
}));

const question: Question = {
  flags: Object.fromEntries(
    Object.entries(asked).map(([name, { variants, default: usual }]) => [name, variants[usual]]),
  ),
  contexts,
};

/** The same question, answered by ship's own reading of the file. */
function bySdk(file: string): Answered {
  const definitions = readDefinitions(readFileSync(file, "utf8"), () => Date.now() / 1000);
  if (typeof definitions === "string") throw new Error(definitions);
  return contexts.flatMap((context) =>
    Object.keys(question.flags).map((name) => {
      const flag = definitions.get(name);
      if (flag === undefined) throw new Error(`${name} is not in the file`);
      const { value, variant, reason } = evaluate(flag, context);
      return { value, variant, reason };
    }),
  );
}

/** Where it is absent, the last words of a run say so, and how to get it; in CI they are an error. */
describe.runIf(hasOpenFeature())("OpenFeature's server SDK, with flagd's provider on the file that ship wrote", () => {
  let host: FlagHost;
  let reader: Reader;
  const file = () => join(host.path, "shared/flags.json");
  beforeAll(() => {
    host = createFlagHost("dash");
    for (const [name, one] of Object.entries(asked)) put(host, name, one);
    reader = startReader(file());
  });
  afterAll(async () => {
    await reader.close();
    host.close();
  });

  test("gives to everybody what ship's own SDK gives", async () => {
    const ours = bySdk(file());
    expect(await reader.ask(question)).toEqual(ours);
    const variants = Object.keys(question.flags).map((_, flag) => {
      const given = ours.filter((_, at) => at % Object.keys(question.flags).length === flag);
      return new Set(given.map(({ variant }) => variant)).size;
    });
    // Both sides of every flag that has two are in what was compared.
    expect(variants).toEqual([1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
  });

  test("notices a change without being started anew", { timeout: 120_000 }, async () => {
    const before = await reader.ask(question);
    put(host, "tenth", { ...switched, state: { percent: 60 } });
    put(host, "engine", {
      ...asked["engine"],
      ...switched,
      variants: { old: "v1", new: "v2" },
      default: "old",
      state: { variant: "new" },
    });
    const after = bySdk(file());
    expect(after).not.toEqual(before);
    await expect.poll(() => reader.ask(question), { timeout: 100_000, interval: 500 }).toEqual(after);
  });
});
