import { exits } from "../../src/core/error.ts";
import { isProven } from "../../src/core/proven.ts";
import { versionOf } from "../../src/core/release.ts";
import { begin, createDeployer, type Deployer, type End, isRunning, kill } from "./deployer.ts";
import { type KillPoint, mortal, type Passing } from "./kill.ts";
import { isBusy, type Machine } from "./machine.ts";
import { changes, openRig, type Rig, type Scene } from "./rig.ts";
import { commandAt } from "./schedule.ts";

/** When the same command is given again: at once, or when every lease that the dead run left is over. */
const reruns = ["at once", "after the leases"] as const;
type Rerun = (typeof reruns)[number];

/** A command on a fleet that is made for it, over and over. */
export type Scenario = {
  readonly name: string;
  readonly scene: Scene;
  /** What was done before: commands, each killed at an await or not. */
  readonly before: readonly Given[];
  /** Version to ship; empty for a rollback. */
  readonly version: string;
  /** How it has to end, killed or not. */
  readonly exit: number;
  /** Is the release marked bad then? */
  readonly marked: boolean;
  /** Do hosts fail by themselves, which no record says once they are back? */
  readonly failsAlone: boolean;
};

type Given = { readonly version: string; readonly dies?: (rig: Rig) => boolean };

export type Enumerated = {
  /** Awaits of the undisturbed run. */
  readonly awaits: number;
  /** Runs that were made: points at which the whole world is the same share theirs. */
  readonly tried: number;
  /** What was not as in an undisturbed run. */
  readonly complaints: readonly string[];
};

export type Enumerating = {
  /** Makes runs for every point, whatever is known of it. */
  readonly unshared?: boolean;
  /** Stops at the first complaint. */
  readonly isEnough?: boolean;
  /** Leaves out worlds for which it is false; all are counted. */
  readonly isTried?: (index: number) => boolean;
};

/**
 * Kills a run at each of its awaits, before what it waits for has any effect and after, gives the same command again, and
 * compares with an undisturbed one (I11): the same end and class of exit code; a host that was in hand is brought to its
 * release at most once more, and others not; no host is ever on anything but its old or the new release. A host that had
 * failed by itself and was put back is tried once more too, as the same command does after an undisturbed run: what was
 * held against it died with the run. A verdict on the change is not: it stands on the hosts before the first goes back.
 *
 * Points share their runs where all that the next run can see or meet is the same: every host's state, service, jobs
 * and watchdog with the time that each has left, and the orders still on their way to it. The engine compares times with
 * times only, so that the clock itself does not count; how long a service has been up does where its health depends on it.
 */
export async function enumerate(scenario: Scenario, options: Enumerating = {}): Promise<Enumerated> {
  const calm = await undisturbed(scenario);
  const tried = new Set<string>();
  const complaints: string[] = [...calm.complaints];
  let index = 0;
  for (const { point, key } of calm.points) {
    if (options.isEnough === true && complaints.length > 0) break;
    const world = options.unshared === true ? `${point.number} ${point.when}` : key;
    if (tried.has(world)) continue;
    tried.add(world);
    index += 1;
    if (options.isTried?.(index) === false) continue;
    for (const rerun of reruns) complaints.push(...(await killedAt(scenario, calm, { point, rerun })));
  }
  return { awaits: calm.points.length / 2, tried: tried.size, complaints };
}

type Calm = {
  readonly points: readonly { readonly point: KillPoint; readonly key: string }[];
  readonly links: ReadonlySet<string>;
  readonly complaints: readonly string[];
  readonly first: Reached;
  /** The same command once more: what a run that dies after its last effect leaves is over already. */
  readonly second: Reached;
};

/** How a command ended, and what it left; `tries` are activations of the release, and `returns` starts of the one before. */
type Reached = {
  readonly exit: number;
  readonly hosts: readonly string[];
  readonly marked: boolean;
  readonly tries: readonly number[];
  readonly returns: readonly number[];
};

async function undisturbed(scenario: Scenario): Promise<Calm> {
  const rig = await opened(scenario);
  const before = rig.machines.map(({ state }) => state.link);
  const points: Calm["points"][number][] = [];
  const passing: Passing = (point) => points.push({ point, key: keyOf(rig) });
  const first = reached(rig, await command(rig, scenario.version, { passing }));
  const complaints = [
    ...(first.exit === scenario.exit
      ? []
      : [`${scenario.name}: undisturbed it ends ${first.exit}, and not ${scenario.exit}`]),
    ...(first.marked === scenario.marked ? [] : [`${scenario.name}: its mark is ${first.marked}`]),
  ];
  const links = new Set([...before, ...rig.machines.map(({ state }) => state.link), rig.scene.target]);
  return { points, links, complaints, first, second: reached(rig, await command(rig, scenario.version)) };
}

async function opened({ scene, before }: Scenario): Promise<Rig> {
  const rig = openRig(scene);
  for (const { version, dies } of before) await command(rig, version, dies === undefined ? {} : { dies });
  return rig;
}

type Dying = {
  readonly at?: KillPoint;
  readonly passing?: Passing;
  /** Dies at the first point where it is so. */
  readonly dies?: (rig: Rig) => boolean;
};

/** Runs a command to its end, or to its death. */
async function command(rig: Rig, version: string, { at, passing, dies }: Dying = {}): Promise<Deployer> {
  const by = createDeployer(rig.deployers.length + 1, commandAt(0, { version }), rig.time.now());
  rig.deployers.push(by);
  const wrap: Rig["around"]["wrap"] = (world) => {
    const made = mortal(world, at, (point) => {
      passing?.(point);
      if (dies?.(rig) === true) made.die();
    });
    made.dead.then(
      () => kill(by),
      () => undefined,
    );
    return made.world;
  };
  begin({ ...rig.around, wrap }, by);
  if (!(await rig.time.pass(() => !isRunning(by), 3_600_000))) throw new Error("the run does not end");
  if (at !== undefined && !by.isDead) throw new Error(`the run was not killed ${at.when} await ${at.number}`);
  return by;
}

function reached(rig: Rig, { end }: Deployer): Reached {
  const { machines } = rig;
  return {
    exit: exitOf(end),
    hosts: machines.map(endOf),
    marked: machines.some(({ state }) => state.bad.length > 0),
    tries: machines.map((machine) => triesOf(rig, machine)),
    returns: machines.map((machine) => machine.starts - triesOf(rig, machine)),
  };
}

function triesOf(rig: Rig, { name }: Machine): number {
  return rig.tries.get(name) ?? 0;
}

function exitOf(end: End | undefined): number {
  if (end === undefined) return -1;
  if (end.outcome === "nothing") return exits.done;
  return exits[end.outcome];
}

/** What has to be the same in the end: what runs, whether that is proven, where it would go back to, and that it is over. */
function endOf({ state: { record, link, proven } }: Machine): string {
  const names = (releases: readonly string[]) => releases.map((name) => versionOf(name)).sort();
  const open = record.open === "" ? "" : " open";
  return `${versionOf(link)} ${isProven(record) ? "proven" : record.phase}, good ${versionOf(record.good)}, proven ${names(proven)}${open}`;
}

type Try = { readonly point: KillPoint; readonly rerun: Rerun };

async function killedAt(scenario: Scenario, calm: Calm, { point, rerun }: Try): Promise<readonly string[]> {
  const rig = await opened(scenario);
  await command(rig, scenario.version, { at: point });
  const left = leftBy(rig, calm, scenario.failsAlone);
  if (rerun === "after the leases") await rest(rig);
  const alone = rig.machines.map(({ starts }, at) => starts - (left.starts[at] ?? 0));
  const again = await command(rig, scenario.version);
  await rest(rig);
  const odd = [...rig.links].filter((link) => !calm.links.has(link));
  const complaints = [
    ...odd.map((link) => `a host was on ${link}`),
    ...compared(reached(rig, again), left.isOver ? calm.second : calm.first, { ...left, alone }),
  ];
  return complaints.map(
    (text) => `${scenario.name}: killed ${point.when} await ${point.number}, run again ${rerun}: ${text}`,
  );
}

type Left = {
  readonly starts: readonly number[];
  /** Was it in hand, or had it failed and been put back? */
  readonly open: readonly boolean[];
  readonly isOver: boolean;
};

/** What a dead run leaves: the hosts that were in its hand, and whether it had done all that it was to do. */
function leftBy(rig: Rig, { first }: Calm, failsAlone: boolean): Left {
  return {
    starts: rig.machines.map(({ starts }) => starts),
    open: rig.machines.map((machine) => {
      return isOpen(rig, machine) || (failsAlone && machine.state.record.phase === "reverted");
    }),
    isOver: rig.machines.every((machine, at) => endOf(machine) === first.hosts[at]),
  };
}

const moved = new Set(["armed", "switched", "reverting", "revert-failed"]);

function isOpen(rig: Rig, machine: Machine): boolean {
  const isAsked = [...rig.flying].some(({ host, operation }) => host === machine.name && changes(operation));
  return isAsked || moved.has(machine.state.record.phase);
}

/** Lets every lease and whatever is under way come to its end. */
async function rest({ time, machines }: Rig): Promise<void> {
  await time.pass(() => false, 1_000);
  if (!(await time.pass(() => !machines.some(isBusy), 600_000))) throw new Error("a host does not come to rest");
}

type Own = Pick<Left, "open"> & {
  /** Starts of each host's service by its own lease, between the two runs. */
  readonly alone: readonly number[];
};

function compared(found: Reached, calm: Reached, { open, alone }: Own): readonly string[] {
  const exit = found.exit === calm.exit ? [] : [`ends ${found.exit}, and not ${calm.exit}`];
  const marked = found.marked === calm.marked ? [] : [`the release is ${found.marked ? "" : "not "}marked bad`];
  const ends = found.hosts.flatMap((end, at) =>
    end === calm.hosts[at] ? [] : [`host ${at + 1} ends on ${end}, and not on ${calm.hosts[at]}`],
  );
  const restarts = found.tries.flatMap((tries, at) => {
    const more = tries - (calm.tries[at] ?? 0);
    const back = (found.returns[at] ?? 0) - (calm.returns[at] ?? 0) - (alone[at] ?? 0);
    const most = open[at] === true ? 1 : 0;
    if (more <= most && back <= Math.max(0, more)) return [];
    return [`host ${at + 1} was changed ${more} times more and put back ${back} times more, and ${most} is allowed`];
  });
  return [...exit, ...marked, ...ends, ...restarts];
}

/** All of a world that a next run can see or meet; two that have the same have the same future. */
function keyOf(rig: Rig): string {
  const now = rig.time.now();
  const flying = [...rig.flying].filter(({ operation }) => changes(operation));
  return JSON.stringify([rig.machines, flying], (name, value: unknown) => {
    if (value instanceof Map || value instanceof Set) return [...value];
    if (isTimer(value)) return value.act === undefined || value.at < now ? "over" : value.at - now;
    if (name === "startedAt") return rig.scene.ages ? now - Number(value) : 0;
    return typeof value === "function" ? "waits" : value;
  });
}

function isTimer(value: unknown): value is { readonly at: number; readonly act: unknown } {
  return typeof value === "object" && value !== null && "act" in value && "order" in value && "at" in value;
}
