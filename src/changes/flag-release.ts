import type { FlagPolicy, FlagState } from "../core/flag.ts";
import type { FlagComplaint } from "../core/flag-check.ts";
import { definitionText } from "../core/flag-text.ts";
import type { Files } from "./carried.ts";
import { applyProgram, removeProgram, stateProgram } from "./flag-program.ts";

/**
 * A flag's state as the files of a release of its own, for a tree at `<component's path>/.ship/flags/<name>`; the same state
 * gives the same bytes. Its activation is `sh apply`, its deactivation `sh remove`, with SHIP_FLAGS_FILE in its environment.
 */
export function flagArchive(
  policy: FlagPolicy,
  state: FlagState,
): { readonly type: "ok"; readonly files: Files } | FlagComplaint {
  const definition = definitionText(policy, state);
  if (definition.type === "complaint") return definition;
  const files = [
    { name: "apply", text: applyProgram },
    { name: "definition.json", text: definition.text },
    { name: "name", text: `${policy.name}\n` },
    { name: "remove", text: removeProgram },
    { name: "state", text: stateProgram },
  ];
  return { type: "ok", files };
}
