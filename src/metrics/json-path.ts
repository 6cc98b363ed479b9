/** One step into a document: a member's name, or an index of a list. */
type Step = string | number;

export type Found = { readonly value: unknown };

const nameForm = /^[\p{L}\p{N}_-]+/u;
const indexForm = /^\[(\d{1,9})\]/;
const quotedForm = /^\[("(?:\\.|[^"\\])*")\]/;

/** `queues.mail.depth`, `pools[0].size`, `["odd.name"].x` → the steps, or a message that says what is wrong with the text. */
export function parsePath(text: string): readonly Step[] | string {
  const steps: Step[] = [];
  for (let rest = text; rest !== "" || steps.length === 0; ) {
    const named = steps.length === 0 || rest.startsWith(".");
    const one = (named ? nameAt(rest, steps.length > 0) : undefined) ?? bracketAt(rest);
    if (one === undefined) return rest === "" ? "nothing stands here" : `a path cannot go on with ${rest.slice(0, 40)}`;
    steps.push(one.step);
    rest = rest.slice(one.length);
  }
  return steps;
}

/** What stands there in a document that came as JSON; undefined where nothing does. */
export function valueAt(document: unknown, steps: readonly Step[]): Found | undefined {
  let value = document;
  for (const step of steps) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) !== (typeof step === "number") || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return { value };
}

type Read = { readonly step: Step; readonly length: number };

function nameAt(rest: string, dotted: boolean): Read | undefined {
  const name = nameForm.exec(dotted ? rest.slice(1) : rest)?.[0];
  return name === undefined ? undefined : { step: name, length: name.length + (dotted ? 1 : 0) };
}

function bracketAt(rest: string): Read | undefined {
  const index = indexForm.exec(rest);
  if (index !== null) return { step: Number(index[1]), length: index[0].length };
  const quoted = quotedForm.exec(rest);
  const name = quoted?.[1] === undefined ? undefined : unquoted(quoted[1]);
  return quoted === null || name === undefined ? undefined : { step: name, length: quoted[0].length };
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
