import type { Happening } from "../event.ts";
import type { Came } from "../origin.ts";
import { relayOf } from "./bytes.ts";
import { type Asking, leaseOf } from "./order.ts";
import { nameOf, type Progress } from "./progress.ts";
import type { State } from "./state.ts";

/** What the world calls it when a step is done; nothing where the step says it itself, later. */
export function told(state: State, host: Progress, step: Asking, came: Came | undefined): readonly Happening[] {
  const on = { host: nameOf(host), release: state.given.release.name };
  switch (step) {
    case "placing":
      return [{ type: "host.placed", ...on, ...way(state, host, came) }];
    case "arming":
      return [{ type: "host.armed", ...on, lease: leaseOf(state.given.component) }];
    case "draining":
      return [{ type: "host.drained", ...on }];
    case "switching":
      return [{ type: "host.switched", ...on }];
    case "activating":
      return [{ type: "host.activated", ...on }];
    case "undraining":
      return [{ type: "host.undrained", ...on }];
    case "confirming":
      return [{ type: "host.confirmed", ...on }];
    case "proving":
      return [{ type: "host.proven", ...on }];
    case "stepping":
    case "directing":
    case "reverting":
      return [];
  }
}

/** From where, and how many. A host that was asked again after a lost answer may say that all was there. */
function way(state: State, host: Progress, came: Came | undefined): Way {
  if (came === undefined) return { bytes: state.given.size };
  const relay = came.from === "relay" ? relayOf(state, host) : undefined;
  return { ...came, ...(relay === undefined ? {} : { relay }) };
}

type Way = Omit<Extract<Happening, { readonly type: "host.placed" }>, "type" | "host" | "release">;
