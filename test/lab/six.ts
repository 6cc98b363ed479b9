import { endsWith } from "./ended.ts";
import { type Lab, openLab } from "./lab.ts";
import { type Observer, startObserver } from "./observing.ts";
import { starts } from "./service.ts";

/** Six hosts in two stages that run v1, of which two may be out of service at once, and their observer. */
export type Six = {
  readonly lab: Lab;
  readonly observer: Observer;
  /** The version, v1 or v2, that does not run: each test begins with a rollout to it. */
  other(): string;
  /** What `lab.serving()` says when all run the version. */
  on(version: string): readonly string[];
  /** How often the service was started on each host. */
  starts(): readonly number[];
};

export const two = { max_unavailable: "2", rollback: "{ max_unavailable: 2 }" };

export async function openSix(): Promise<Six> {
  const lab = await openLab({ stages: { first: { hosts: 1, bake: "4s" }, all: { hosts: 6, bake: "4s" } } });
  // Long enough for a test to do something to a host while it is armed.
  for (const name of ["v1", "v2"]) lab.version(name, { drain: "2" });
  lab.configure({ max_unavailable: '"100%"' });
  await endsWith(0, lab.place.ship(["--version", "v1", "--now", "--reason", "where it begins"]));
  lab.configure(two);
  return {
    ...{ lab, observer: startObserver(lab, () => 2) },
    other: () => (lab.serving()[0] === "h01 v1" ? "v2" : "v1"),
    on: (version) => lab.hosts.map(({ name }) => `${name} ${version}`),
    starts: () => lab.hosts.map(({ home }) => starts(home)),
  };
}
