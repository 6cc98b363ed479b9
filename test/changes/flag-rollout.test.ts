import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { flagArchive } from "../../src/changes/flag-release.ts";
import type { FlagState } from "../../src/core/flag.ts";
import { versionText } from "../../src/core/flag-words.ts";
import { type Answer, blank, type HostRecord, type Order, token } from "../../src/core/host.ts";
import { lxc, stateOf } from "../core/flags.ts";
import { hasShell, type Shell, shells } from "../host/local-transport.ts";
import { keepRigs, must, type Packed, pack, until } from "../host/rig.ts";
import { flagsIn } from "./flag-host.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

/** A flag's own tree on a host, the orders that a rollout of it gives, and the file that it is for. */
function treeOf(shell: Shell) {
  const rig = make(shell);
  const place = { component: "lxc", path: "srv/api/.ship/flags/lxc" };
  let sequence = 0;
  const order = (what: Order): Promise<Answer> =>
    rig.hosts.perform(rig.host, place, { ...what, claim: { generation: 1, run: "run1", sequence: ++sequence } });
  const flags = () => flagsIn(join(rig.path, "shared/flags.json"));
  const look = async (): Promise<HostRecord | undefined> => {
    const answer = await rig.hosts.perform(rig.host, place, { type: "observe" });
    return answer.type === "observed" ? answer.observation.record : undefined;
  };
  return { order, flags, look, release: (state: Partial<FlagState>) => releaseOf(join(rig.path, ".."), state) };
}

function releaseOf(folder: string, given: Partial<FlagState>): Packed {
  const state = stateOf(given);
  const archive = flagArchive(lxc, state);
  if (archive.type === "complaint") throw new Error(archive.message);
  const files = Object.fromEntries(archive.files.map(({ name, text }) => [name, text]));
  const commands = { component: "lxc", activate: "sh apply", deactivate: "sh remove" };
  const packed = pack(join(folder, `flag-${versionText(state)}`), versionText(state), files, commands);
  return { ...packed, env: { SHIP_FLAGS_FILE: "{path}/shared/flags.json" } };
}

type Tree = ReturnType<typeof treeOf>;

/** Brings the flag's state into the file, as the try of that number, with nothing confirmed yet. */
async function switched({ order }: Tree, packed: Packed, attempt: number, from = "", lease = 60): Promise<void> {
  await must(order({ type: "place", ...packed }));
  const armed = { rollout: `r${attempt}`, attempt, target: packed.release.name, from, lease };
  await must(order({ type: "arm", ...armed }));
  await must(order({ type: "switch", attempt }));
  await must(order({ type: "activate", attempt }));
}

async function reverted({ order }: Tree, attempt: number, to: string): Promise<void> {
  const answer = await until(
    () => order({ type: "revert", attempt, to }),
    ({ type }) => type !== "running",
  );
  expect(answer).toMatchObject({ type: "done", record: { phase: "reverted", current: to } });
}

test.each(shells.filter(hasShell))(
  "on %s a flag is armed, switched, proven and put back as any release is",
  async (shell) => {
    const tree = treeOf(shell);
    const { order, flags, look, release } = tree;
    await must(order({ type: "fence", rollout: "r1", expect: token(blank), holder: "me" }));
    const [on, next] = [release({}), release({ variant: "new" })];
    await switched(tree, on, 1);
    expect(flags()).toEqual({ lxc: "on" });
    await reverted(tree, 1, "");
    expect(flags()).toEqual({});
    await switched(tree, on, 2);
    await must(order({ type: "confirm", rollout: "r2", attempt: 2 }));
    await must(order({ type: "prove", target: on.release.name }));
    await switched(tree, next, 3, on.release.name);
    expect(flags()).toEqual({ lxc: "new" });
    await reverted(tree, 3, on.release.name);
    expect(flags()).toEqual({ lxc: "on" });
    // Its lease may be over before the last of the orders comes: then that one is refused.
    await switched(tree, next, 4, on.release.name, 1).catch(() => undefined);
    expect(await until(look, (record) => record?.attempt === 4 && record.phase === "reverted")).toMatchObject({
      rollout: "r4",
      current: on.release.name,
    });
    expect(flags()).toEqual({ lxc: "on" });
  },
);
