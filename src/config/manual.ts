import { CohortSpec } from "./cohort-schema.ts";
import { later } from "./later.ts";
import { nearest } from "./nearest.ts";
import { alternatives, type Outline, outlineOf } from "./outline.ts";
import { inYaml, kindOf, phrase } from "./phrase.ts";
import { ConfigSpec } from "./schema.ts";

/** One key of the config: `components.NAME.stages[].bake`; of a cohort's file: `cohorts/NAME.yaml: includes`. */
type Entry = {
  readonly key: string;
  /** One for each member of a union. */
  readonly kinds: readonly string[];
  readonly description: string;
  readonly default: string | undefined;
  readonly example: string | undefined;
  readonly required: boolean;
  /** Does it say which member of a union is written? */
  readonly isKind: boolean;
  /** What of it is not built yet. */
  readonly unbuilt: string | undefined;
};

export type Explained =
  | { readonly type: "ok"; readonly text: string }
  | { readonly type: "unknown"; readonly nearest: readonly string[] };

/**
 * The manual of a key, from the schema. A key may be named by its end (`healthy.within`), and by a real name or index
 * where the schema has NAME or `[]` (`components.api.stages.0.bake`). Several keys with one end are all explained.
 */
export function explain(key: string): Explained {
  const all = entries();
  const asked = plainKey(key);
  const [found = []] = [isWhole, endsAs, endsLike]
    .map((fits) => all.filter((entry) => fits(plainKey(entry.key), asked)))
    .filter((some) => some.length > 0);
  if (found.length > 0) return { type: "ok", text: found.map(entryText).join("\n\n") };
  return { type: "unknown", nearest: suggestions(asked.at(-1) ?? "", all) };
}

/** All keys as a markdown table, in the order of the schema. */
export function configTable(): string {
  const rows = entries().map((entry) => {
    const meaning = entry.unbuilt === undefined ? entry.description : `${entry.description} *${entry.unbuilt}*`;
    const example = entry.example === undefined ? "" : code(entry.example);
    return [code(entry.key), phrase(entry.kinds), standing(entry), meaning, example];
  });
  const header = ["key", "what stands there", "left out", "meaning", "example"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");
}

/** The JSON Schema of ship.config.yaml, for editors. */
export function jsonSchema(): unknown {
  return outlineOf(ConfigSpec);
}

function entries(): readonly Entry[] {
  const cohort = entriesOf(outlineOf(CohortSpec), "").map((entry) => ({
    ...entry,
    key: `cohorts/NAME.yaml: ${entry.key}`,
  }));
  return merged([...entriesOf(outlineOf(ConfigSpec), ""), ...cohort]);
}

/** The members of a union may have a key in common: it is one entry, told by the first of them. */
function merged(all: readonly Entry[]): readonly Entry[] {
  const byKey = new Map<string, Entry>();
  for (const entry of all) {
    const first = byKey.get(entry.key);
    byKey.set(entry.key, first === undefined ? entry : both(first, entry));
  }
  return [...byKey.values()];
}

function both(first: Entry, second: Entry): Entry {
  const description = [...new Set([first.description, second.description])].join(" ");
  const kinds = [...new Set([...first.kinds, ...second.kinds])];
  return { ...first, kinds, description: first.isKind ? description : first.description };
}

function entriesOf(outline: Outline, key: string): readonly Entry[] {
  return alternatives(outline).flatMap((choice) => [
    ...Object.entries(choice.properties ?? {}).flatMap(([name, inner]) => {
      const path = key === "" ? name : `${key}.${name}`;
      const required = choice.required?.includes(name) === true;
      const entry = inner.const === undefined ? entryOf(inner, path, required) : kindEntry(inner, path, choice);
      return [entry, ...entriesOf(inner, path)];
    }),
    ...(choice.additionalProperties ? entriesOf(choice.additionalProperties, `${key}.NAME`) : []),
    ...(choice.items === undefined ? [] : entriesOf(choice.items, `${key}[]`)),
  ]);
}

/** The key that says which member of a union is written: `type: http`. */
function kindEntry(outline: Outline, key: string, choice: Outline): Entry {
  const description = `${String(outline.const)}: ${outline.description ?? choice.description ?? ""}`;
  return { ...entryOf(outline, key, true), description, example: inYaml(outline.const), isKind: true };
}

function entryOf(outline: Outline, key: string, required: boolean): Entry {
  const [example] = outline.examples ?? [];
  return {
    key,
    kinds: [kindOf(outline)],
    isKind: false,
    description: outline.description ?? "",
    default: outline.default === undefined ? undefined : inYaml(outline.default),
    example: example === undefined ? undefined : inYaml(example),
    required,
    unbuilt: unbuiltOf(key),
  };
}

function unbuiltOf(key: string): string | undefined {
  return later.some(({ path }) => path.join(".") === patternOf(key)) ? "Not built yet." : undefined;
}

function patternOf(key: string): string {
  return key.replaceAll("[]", ".*").replaceAll(/\bNAME\b/g, "*");
}

function entryText(entry: Entry): string {
  return [
    entry.key,
    `  ${entry.description}`,
    `  type:    ${phrase(entry.kinds)}`,
    `  default: ${standing(entry) || "none"}`,
    ...(entry.example === undefined ? [] : [`  example: ${entry.key.split(/[.:]\s*/).at(-1)}: ${entry.example}`]),
    ...(entry.unbuilt === undefined ? [] : [`  ${entry.unbuilt}`]),
  ].join("\n");
}

function standing(entry: Entry): string {
  return entry.required ? "required" : (entry.default ?? "");
}

function plainKey(key: string): readonly string[] {
  return key
    .replaceAll(/\[\d*\]/g, ".[]")
    .split(/[.:\s/]+/)
    .filter((step) => step !== "" && step !== "cohorts" && step !== "yaml");
}

function isWhole(known: readonly string[], asked: readonly string[]): boolean {
  return known.length === asked.length && endsLike(known, asked);
}

function endsAs(known: readonly string[], asked: readonly string[]): boolean {
  return asked.length > 0 && known.slice(-asked.length).join(".") === asked.join(".");
}

/** As `endsAs`, with any name for NAME and any index for `[]`. */
function endsLike(known: readonly string[], asked: readonly string[]): boolean {
  if (asked.length === 0 || asked.length > known.length) return false;
  const end = known.slice(-asked.length);
  return end.every((step, index) => step === asked[index] || stands(step, asked[index] ?? ""));
}

function stands(step: string, word: string): boolean {
  return step === "NAME" || (step === "[]" && /^\d+$/.test(word));
}

function suggestions(asked: string, all: readonly Entry[]): readonly string[] {
  const last = (entry: Entry) => plainKey(entry.key).at(-1) ?? "";
  const word = nearest(asked, new Set(all.map(last)));
  return word === undefined ? [] : all.filter((entry) => last(entry) === word).map(({ key }) => key);
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
