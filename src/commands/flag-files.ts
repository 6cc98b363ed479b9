import { createHash } from "node:crypto";
import type { Files } from "../changes/carried.ts";
import { flagArchive } from "../changes/flag-release.ts";
import type { FlagPolicy, FlagState } from "../core/flag.ts";
import type { FlagComplaint } from "../core/flag-check.ts";
import { versionText } from "../core/flag-words.ts";

/** A flag's state as what is rolled out: the name of its version, and the files that it is made of. */
export function flagFiles(
  policy: FlagPolicy,
  state: FlagState,
): { readonly type: "ok"; readonly version: string; readonly files: Files } | FlagComplaint {
  const archive = flagArchive(policy, state);
  return archive.type === "complaint" ? archive : { ...archive, version: versionOf(state, archive.files) };
}

/** Two audiences of one field are two versions. */
function versionOf(state: FlagState, files: Files): string {
  const definition = files.find(({ name }) => name === "definition.json")?.text ?? "";
  const digest = createHash("sha256").update(definition).digest("hex").slice(0, 6);
  return state.for.length === 0 ? versionText(state) : `${versionText(state)}-${digest}`;
}
