import { carrying, type Fleet, type Host } from "../core/fleet.ts";
import type { Finding } from "./document.ts";

/** What a component's folder is made of. */
type Rooted = {
  readonly name: string;
  readonly path: string;
  readonly hosts: Readonly<Record<string, string>>;
};

/**
 * Components that would have one folder on a host, or one inside the other's: each would take the other's release for its
 * own, and put it back or prune it. Relative and absolute folders cannot be told apart without the login user's home.
 */
export function treeFindings(components: readonly Rooted[], fleet: Fleet): readonly Finding[] {
  const hosts = fleet.cohorts.at(-1)?.hosts ?? [];
  return components.flatMap((one, index) => {
    const other = components.slice(0, index).find((before) => meeting(before, one, hosts) !== undefined);
    const host = other && meeting(other, one, hosts);
    if (host === undefined || other === undefined) return [];
    return [
      {
        path: ["components", one.name, "path"],
        message: `the folder is that of "${other.name}" on ${host.name}, or one lies in the other`,
        expected: "a folder of its own for each component",
      },
    ];
  });
}

/** The first host on which the folders of two components meet. */
function meeting(a: Rooted, b: Rooted, hosts: readonly Host[]): Host | undefined {
  return carrying(carrying(hosts, a.hosts), b.hosts).find((host) => {
    const [one, other] = [folderOn(host, a.path), folderOn(host, b.path)];
    return one.startsWith(other) || other.startsWith(one);
  });
}

/** Plain, and with a slash at its end, so that `/srv/api` is not taken for a part of `/srv/api-2`. */
function folderOn(host: Host, path: string): string {
  const filled = path.replace(/\{([^}]*)\}/g, (whole, key: string) => {
    return key === "host" ? host.name : (host.labels[key] ?? whole);
  });
  const parts = filled.split("/").filter((part) => part !== "" && part !== ".");
  return `${filled.startsWith("/") ? "/" : ""}${parts.join("/")}/`;
}
