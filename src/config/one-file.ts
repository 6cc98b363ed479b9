import type { Declared } from "../changes/declared.ts";
import { carrying, type Host } from "../core/fleet.ts";
import type { Finding } from "./document.ts";

/** A component by its name, and the labels of its hosts. */
type Labelled = { readonly name: string; readonly hosts: Readonly<Record<string, string>> };

/**
 * Flags of two components that lie on one host, where both would have one file: what is put back for one of them would be put
 * back for the other as well, and neither's numbers would be of what it was said to have.
 */
export function oneFileFindings(
  { flags, files }: Declared,
  components: readonly Labelled[],
  hosts: readonly Host[],
): readonly Finding[] {
  if (files.flags.includes("{path}")) return [];
  return [...flags.values()].flatMap((flag) => {
    const own = components.filter(({ name }) => flag.components.includes(name));
    const host = hosts.find((one) => own.filter((component) => carrying([one], component.hosts).length > 0).length > 1);
    if (host === undefined) return [];
    const message = `its components have one flags file on ${host.name}, ${files.flags}`;
    return [
      { path: ["flags", flag.name, "components"], message, expected: "{path} in files.flags, for a file of each" },
    ];
  });
}
