import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasShell, shells } from "../host/local-transport.ts";
import { createFlagHost, type FlagHost } from "./flag-host.ts";

type Act =
  | { readonly type: "apply"; readonly name: string; readonly variant: string }
  | { readonly type: "remove"; readonly name: string }
  | { readonly type: "edit" }
  | { readonly type: "delete" };

/** What ought to be on the host: the flags that are put in, and who wrote the file as it is. */
type Model = {
  readonly flags: ReadonlyMap<string, string>;
  readonly ships: boolean;
  readonly file: "none" | "built" | "edited";
  /** What the file says: its flags, or the edit. */
  readonly says: string;
};

function next(
  model: Model,
  act: Act,
  edit: string,
): { readonly model: Model; readonly ended: "done" | "override" | "refused" } {
  const { flags, ships, file } = model;
  if (act.type === "edit") return { model: { ...model, file: "edited", says: edit }, ended: "done" };
  if (act.type === "delete") return { model: { ...model, file: "none", says: "" }, ended: "done" };
  if (!ships && act.type === "remove") return { model, ended: "done" };
  if (!ships && file !== "none") return { model, ended: "refused" };
  const changed = new Map(flags);
  if (act.type === "apply") changed.set(act.name, act.variant);
  else changed.delete(act.name);
  if (file === "edited") return { model: { ...model, flags: changed }, ended: "override" };
  const says = JSON.stringify([...changed].sort());
  return { model: { flags: changed, ships: true, file: "built", says }, ended: "done" };
}

/** Does to the host what the act is, and tells how its program ended. */
function perform(host: FlagHost, act: Act, edit: string): "done" | "override" | "refused" {
  const [shared, file] = [join(host.path, "shared"), join(host.path, "shared/flags.json")];
  mkdirSync(shared, { recursive: true });
  if (act.type === "edit") writeFileSync(file, edit);
  else if (act.type === "delete") rmSync(file, { force: true });
  else {
    const variant = act.type === "apply" ? act.variant : "on";
    const { code, out } = host.run(host.place(act.name, { variant }), act.type);
    if (code === 0) return out === "" ? "done" : "override";
    return code === 3 ? "refused" : expect.unreachable(`it ended with ${code}`);
  }
  return "done";
}

function said(host: FlagHost): string {
  const file = join(host.path, "shared/flags.json");
  if (!existsSync(file)) return "";
  const text = readFileSync(file, "utf8");
  if (text.startsWith("edit")) return text;
  const flags = host.flags();
  return typeof flags === "string" ? flags : JSON.stringify(Object.entries(flags).sort());
}

const shell = shells.find(hasShell) ?? "dash";
const name = fc.constantFrom("a", "b", "c.d");
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("apply" as const), name, variant: fc.constantFrom("on", "new") }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove" as const), name }) },
  { weight: 2, arbitrary: fc.constantFrom<Act>({ type: "edit" }, { type: "delete" }) },
);

test("whatever is put in, taken out, edited and removed: the file is all flags of ship's, or the hand's own", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 10 }), (acts) => {
      const host = createFlagHost(shell);
      host.withoutSync();
      let model: Model = { flags: new Map(), ships: false, file: "none", says: "" };
      try {
        for (const [at, one] of acts.entries()) {
          const after = next(model, one, `edit ${at}`);
          model = after.model;
          expect(perform(host, one, `edit ${at}`)).toBe(after.ended);
          expect(said(host)).toBe(model.says);
        }
      } finally {
        host.close();
      }
    }),
    { numRuns: 20 },
  );
});
