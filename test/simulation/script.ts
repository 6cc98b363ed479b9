import type { Component, OnceStep, StagePolicy } from "../../src/core/component.ts";
import type { Share } from "../../src/core/fleet.ts";
import { type OwnRate, ownRates } from "../../src/core/pace.ts";
import { foldHosts, grouped } from "../../src/core/words.ts";
import { component, percent } from "./component.ts";
import type { Behaviour, Fault, SimHost } from "./fleet.ts";
import { type Ask, type Lab, lab, rollBack, saying, setting, ship } from "./lab.ts";
import { running } from "./seed.ts";
import { transcript } from "./transcript.ts";

/** Carries out a scenario's commands, one a line, and tells what a reader of the specification wants to see of it. */
export async function play(text: string): Promise<string> {
  const scene: Scene = { lab: undefined, policy: {}, stages: undefined };
  const lines: string[] = [];
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    if (line.startsWith("#")) continue;
    const said = await carryOut(scene, line.trim().split(/\s+/));
    if (said !== undefined) lines.push(`> ${line}`, ...said.map((each) => `  ${each}`.trimEnd()), "");
  }
  return lines.join("\n");
}

type Scene = { lab: Lab | undefined; policy: Partial<Component>; stages: readonly StagePolicy[] | undefined };

type Words = readonly string[];

async function carryOut(scene: Scene, [command = "", ...words]: Words): Promise<readonly string[] | undefined> {
  if (command === "fleet") return fleet(scene, words);
  if (command === "policy") return policy(scene, words);
  if (command === "stages") return stages(scene, words);
  if (command === "once") return once(scene, words);
  const { lab } = scene;
  if (lab === undefined) throw new Error("a scenario begins with its fleet");
  if (command === "ship") return transcript(await ship(lab, askOf(words)));
  if (command === "rollback") return transcript(await rollBack(lab, askOf(["", ...words])));
  if (command === "show") return shown(lab);
  if (command === "after") {
    const [time = "", ...what] = words;
    lab.clock.later(ms(time), () => meddle(lab, what));
    return undefined;
  }
  if (command === "wait") await lab.clock.drive(lab.clock.sleep(ms(words[0] ?? "")));
  else meddle(lab, [command, ...words]);
  return undefined;
}

/** `fleet internal=1 beta=4 all=12 runs v407`; `zones a b` deals the hosts out to zones. */
function fleet(scene: Scene, words: Words): undefined {
  const sizes = new Map(words.filter((word) => word.includes("=")).map((word) => pair(word)));
  const counts = new Map([...sizes].map(([name, size]) => [name, Number(size)]));
  const defaults = [...sizes.keys()].map((cohort) => ({ ...stage, cohort }));
  const zones = words.includes("zones") ? words.slice(words.indexOf("zones") + 1) : [];
  scene.lab = lab(counts, component(scene.stages ?? defaults, scene.policy), (index) => {
    const zone = zones[index % zones.length];
    return zone === undefined ? {} : { zone };
  });
  const version = words[words.indexOf("runs") + 1];
  if (words.includes("runs") && version !== undefined) running(scene.lab, version);
}

const stage: StagePolicy = {
  cohort: "",
  share: undefined,
  bake: 10_000,
  longestBake: 10_000,
  maxFailed: undefined,
};

/** `stages internal:10s all/25%:20s all:10s..30s!`; one with `!` needs an approval. */
function stages(scene: Scene, words: Words): undefined {
  scene.stages = words.map((word) => {
    const [where = "", bakes = ""] = word.split(":");
    const [bake = "", longest = bake] = bakes.replace("!", "").split("..");
    const [cohort = "", share] = where.split("/");
    return {
      ...stage,
      cohort,
      share: share === undefined ? undefined : shareOf(share),
      bake: ms(bake),
      longestBake: ms(longest),
      ...(bakes.endsWith("!") ? { approve: true } : {}),
    };
  });
}

/** `once bin/migrate before irreversible`. */
function once(scene: Scene, [run = "", when = "", reversible]: Words): undefined {
  const step: OnceStep = {
    run,
    when: when === "after" ? "after" : "before",
    reversible: reversible !== "irreversible",
  };
  change(scene, { once: [...(scene.lab?.component.once ?? scene.policy.once ?? []), step] });
}

const policies: Readonly<Record<string, (value: string, now: Component) => Partial<Component>>> = {
  max_failed: (value) => ({ maxFailed: shareOf(value) }),
  max_unavailable: (value) => ({ maxUnavailable: shareOf(value) }),
  rollback: (value) => ({ rollback: { maxUnavailable: shareOf(value) } }),
  on_failure: (value) => ({ onFailure: value === "hold" ? "hold" : "rollback" }),
  on_blind: (value) => ({ onBlind: value === "rollback" ? "rollback" : "hold" }),
  drain: (value) => ({ drain: { run: "bin/leave", for: ms(value) }, undrain: "bin/join" }),
  proof: (value, { healthy }) => ({
    healthy: healthy && { ...healthy, proof: value === "process" ? "process" : "version" },
  }),
  gate: (value, { assertions }) =>
    value === "observe"
      ? { gate: "observe", assertions: assertions.map((one) => ({ ...one, observeOnly: true })) }
      : {},
  judged_from: (value, { assertions }) => ({
    assertions: assertions.map((one) => (one.text.startsWith("each.") ? one : { ...one, from: value })),
  }),
  health: () => ({ healthy: undefined }),
};

/** `policy max_failed=1 drain=2s`, before or after the fleet. */
function policy(scene: Scene, words: Words): undefined {
  for (const word of words) {
    const [key, value] = pair(word);
    const changes = policies[key];
    if (changes === undefined) throw new Error(`no policy ${key}`);
    change(scene, changes(value, scene.lab?.component ?? component([], scene.policy)));
  }
}

function change(scene: Scene, changes: Partial<Component>): void {
  scene.policy = { ...scene.policy, ...changes };
  if (scene.lab !== undefined) scene.lab.component = { ...scene.lab.component, ...changes };
}

/** What happens to the fleet from outside. */
function meddle(lab: Lab, [command = "", first = "", ...rest]: Words): void {
  const hosts = () => hostsNamed(lab, first);
  switch (command) {
    case "version":
      lab.behaviours.set(first, behaviourOf(rest));
      return;
    case "runs":
      running(
        lab,
        rest[0] ?? "",
        hosts().map(([name]) => name),
      );
      return;
    case "down":
      for (const [, host] of hosts()) host.up = false;
      return;
    case "up":
      for (const [, host] of hosts()) host.up = true;
      return;
    case "disk-full":
      for (const [, host] of hosts()) host.diskFull = true;
      return;
    case "fault":
      for (const [, host] of hosts()) host.faults.set(rest[0] ?? "", faultOf(rest));
      return;
    case "pause":
    case "resume":
    case "abort":
    case "approve":
    case "remeasure":
      void saying(lab, command);
      return;
    case "rate":
      void setting(lab, { rate: rateOf(first), value: Number(rest[0]) });
      return;
    case "lock":
    case "unlock":
      for (const [, host] of hosts())
        host.signs = { ...host.signs, closed: command === "lock" ? "at\tada@desk\taudit" : "" };
      return;
    case "steal":
      for (const [, host] of hosts()) steal(host);
      return;
    case "hand-edit":
      for (const [, host] of hosts()) host.state = { ...host.state, link: "by-hand-00000000" };
      return;
    default:
      throw new Error(`no command ${command}`);
  }
}

function faultOf([, kind, times]: Words): Fault {
  if (kind !== "fail" && kind !== "lost" && kind !== "lost-before") throw new Error(`no fault ${kind}`);
  return { kind, times: times === undefined ? Number.POSITIVE_INFINITY : Number(times) };
}

function rateOf(name: string): OwnRate {
  const rate = ownRates.find((one) => one === name);
  if (rate === undefined) throw new Error(`no rate ${name}`);
  return rate;
}

/** Another run fences the host. */
function steal(host: SimHost): void {
  const { record } = host.state;
  const taken = {
    ...record,
    generation: record.generation + 1,
    run: "other",
    open: "r9",
    holder: "eve@there pid 2 start 2 since now",
  };
  host.state = { ...host.state, record: taken };
}

function behaviourOf(words: Words): Behaviour {
  const given = new Map(words.map((word) => pair(word)));
  const number = (key: string) => (given.has(key) ? { [key]: Number(given.get(key)) } : {});
  return {
    ...number("p99"),
    ...number("connections"),
    ...number("errors"),
    ...(given.has("errors_after") ? { errorsAfter: ms(given.get("errors_after") ?? "") } : {}),
    ...(given.has("crashes") ? { activates: false } : {}),
    ...(given.has("sick") ? { healthy: false } : {}),
    ...(given.has("blind") ? { blind: true } : {}),
    ...(given.has("survives") ? { survives: true } : {}),
  };
}

function askOf([version = "", ...words]: Words): Ask & { toVersion?: string } {
  const given = new Map(words.map((word) => pair(word)));
  const time = (key: string, name: string) => (given.has(key) ? { [name]: ms(given.get(key) ?? "") } : {});
  const only = given.get("only");
  return {
    version,
    ...time("kill", "killAt"),
    ...time("interrupt", "interruptAt"),
    ...time("timeout", "timeout"),
    ...time("wait", "wait"),
    ...(given.has("to") ? { to: given.get("to") ?? "" } : {}),
    ...(only === undefined ? {} : { only: new Set(expand(only)) }),
    ...(given.has("now") ? { now: true } : {}),
    ...(given.has("retry-bad") ? { retryBad: true } : {}),
    ...(given.has("adopt") ? { adopt: true } : {}),
    ...(given.has("from") ? { from: given.get("from") ?? "" } : {}),
    ...(given.has("to-version") ? { toVersion: given.get("to-version") ?? "" } : {}),
  };
}

function shown(lab: Lab): readonly string[] {
  const names = (releases: readonly string[]) => releases.map((release) => release.split("-")[0]).join(",");
  const lines = [...lab.simulation.fleet].map(([host, { state, starts, up }]) => {
    const bad = state.bad.length > 0 ? ` bad ${names(state.bad)}` : "";
    const runs = names([state.link]) || "nothing";
    const proven = names(state.proven) || "nothing";
    return {
      host,
      text: `${runs} ${state.record.phase}, proven ${proven}${bad}, ${starts} starts${up ? "" : ", down"}`,
    };
  });
  return [...grouped(lines, ({ text }) => text)].map(
    ([text, hosts]) => `${foldHosts(hosts.map(({ host }) => host))} ${text}`,
  );
}

function hostsNamed(lab: Lab, text: string): readonly (readonly [string, SimHost])[] {
  const names = new Set(expand(text));
  return [...lab.simulation.fleet].filter(([name]) => names.has(name) || text === "every");
}

/** `api-02,api-04` or `api-[02-04]`. */
function expand(text: string): readonly string[] {
  const range = /^(.*)\[(\d+)-(\d+)\]$/.exec(text);
  if (range === null) return text.split(",");
  const [, before = "", first = "", last = ""] = range;
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, at) => `${before}${String(Number(first) + at).padStart(first.length, "0")}`);
}

function pair(word: string): readonly [string, string] {
  const [key = "", value = ""] = word.split("=");
  return [key, value];
}

function shareOf(text: string): Share {
  return text.endsWith("%") ? percent(Number(text.slice(0, -1))) : { type: "count", count: Number(text) };
}

function ms(text: string): number {
  const found = /^([\d.]+)s$/.exec(text);
  if (found === null) throw new Error(`${text} is no time`);
  return Number(found[1]) * 1000;
}
