import { get } from "node:http";
import { createInterface } from "node:readline";
import { type Fleet, openJudge, type Said } from "./invariants.ts";
import { type Look, lookAt } from "./look.ts";

/** How the observer is started. */
export type Settings = {
  readonly fleet: Fleet;
  readonly hosts: readonly { readonly name: string; readonly home: string; readonly address: string }[];
  readonly port: number;
};

export type Question =
  | { readonly type: "begin"; readonly version: string; readonly excused: readonly string[] }
  | { readonly type: "gone"; readonly within: number }
  | { readonly type: "returned" }
  | { readonly type: "looks" }
  | { readonly type: "verdict"; readonly report: readonly Said[] };

export type Answer = {
  readonly looks: readonly Look[];
  readonly wrong: readonly string[];
  readonly mostOut: number;
  /** How many sweeps there were since the start: an observer that slept saw nothing. */
  readonly sweeps: number;
  /** What changed on the hosts, a line each. */
  readonly changes: readonly string[];
};

const sweepEvery = 100;
/** A service is asked more rarely than its process is looked at: on this machine all of it is our own work. */
const askEvery = 400;

/** It shares no code with ship: it reads disks and processes, and asks the services. */
function observe({ fleet, hosts, port }: Settings): void {
  const judge = openJudge(fleet);
  const answers = new Map<string, string | undefined>();
  const changes: string[] = [];
  const shown = new Map<string, string>();
  const started = Date.now();
  let sweeps = 0;

  const looks = (): readonly Look[] => hosts.map((host) => ({ ...lookAt(host), answers: answers.get(host.name) }));

  function note({ host, link, record, runs }: Look): void {
    const line = `${host} ${record["generation"]} ${record["phase"]} link=${link} runs=${runs}`;
    if (shown.get(host) !== line) changes.push(`${((Date.now() - started) / 1000).toFixed(1)} ${line}`);
    shown.set(host, line);
  }

  function sweep(): void {
    sweeps += 1;
    const now = looks();
    judge.sweep(now, Date.now());
    now.forEach(note);
  }

  function respond(question: Question): Answer {
    sweep();
    const now = looks();
    if (question.type === "begin") judge.begin(now, question.version, question.excused);
    if (question.type === "gone") judge.gone(now, Date.now() + question.within);
    if (question.type === "returned") judge.returned(now);
    const wrong = question.type === "verdict" ? judge.verdict(now, question.report) : [];
    return { looks: now, wrong, mostOut: judge.mostOut(), sweeps, changes };
  }

  async function ask(host: Settings["hosts"][number]): Promise<void> {
    answers.set(host.name, await versionAt(`http://${host.address}:${port}/health`));
    setTimeout(() => void ask(host), askEvery);
  }

  setInterval(sweep, sweepEvery);
  for (const host of hosts) void ask(host);
  createInterface({ input: process.stdin }).on("line", (line) =>
    console.log(JSON.stringify(respond(JSON.parse(line)))),
  );
}

function versionAt(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, timeout: 2000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("close", () => resolve(response.complete ? text.trim() : undefined));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
  });
}

observe(JSON.parse(process.argv[2] ?? ""));
