import { afterEach, describe, expect, test } from "vitest";
import { hasShell, shells } from "./local-transport.ts";
import { keepRigs, must } from "./rig.ts";

const { make, closeAll } = keepRigs();
afterEach(closeAll);

describe.each(shells.filter(hasShell))("on %s", (shell) => {
  test("a fence leaves the fleet's list, and one without a list leaves what is there", async () => {
    const here = make(shell);
    expect(await here.ask({ type: "read-fleet" })).toEqual({ type: "page", page: undefined });
    const fence = { type: "fence", rollout: "r1", holder: "me" } as const;
    await must(here.order({ ...fence, expect: "0..0.0.idle", fleet: "H4sI+/x=" }));
    expect(await here.ask({ type: "read-fleet" })).toEqual({ type: "page", page: "H4sI+/x=" });
    const next = { generation: 2, run: "run2", sequence: 1 };
    await must(here.ask({ ...fence, rollout: "r2", expect: "1.run1.1.0.idle", claim: next }));
    expect(await here.ask({ type: "read-fleet" })).toEqual({ type: "page", page: "H4sI+/x=" });
  });
});
