import { formsOf, struck } from "../config/secret-forms.ts";
import type { Hosts } from "../core/host.ts";

/** Values that are never shown or written, once they are known; whatever is told before holds none of them. */
export type Secrets = {
  /** `shown`: names that stand in every report, and can be no secret, nor hold one. */
  hide(values: readonly string[], shown: readonly string[]): void;
  /** A value as JSON holds it, with every secret struck out of its texts. */
  clean<Value>(value: Value): Value;
  /** A text that goes to a person. */
  cleanText(text: string): string;
};

export function keepSecrets(): Secrets {
  let secrets: readonly string[] = [];
  return {
    hide(values, shown) {
      secrets = formsOf(values).filter((form) => !shown.some((name) => name.includes(form)));
    },
    clean: (value) => struckOut(value, secrets),
    cleanText: (text) => struck(text, secrets),
  };
}

/** A page quotes what was told here, and stays on the hosts. */
export function withCleanPages(hosts: Hosts, clean: Secrets["clean"]): Hosts {
  const cleaned = (page: string) => JSON.stringify(clean<unknown>(JSON.parse(page)));
  return {
    perform: (host, place, asked) =>
      hosts.perform(host, place, asked.type === "close" ? { ...asked, page: cleaned(asked.page) } : asked),
  };
}

/** A mistake of ship's own is told with its stack, which may quote anything. */
export function cleanError(error: unknown, { cleanText }: Secrets): Error {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(cleanText(message)), { stack: cleanText(stack ?? message) });
}

/** What stands under these is ship's own word, or a name that is shown everywhere and can be no secret; programs read it. */
const names: ReadonlySet<string> = new Set(
  "type time rollout component host hosts cohort stage name action phase direction outcome reason verdict cause".split(
    " ",
  ),
);

/** One word; a sentence may quote what a host or a service said. */
const word = /^[\w.:+-]*$/;

/**
 * A value as JSON holds it, with every secret struck out of its texts. Texts only: a secret that is `true` or `8080` must
 * not break what is no text, nor one that is `host` what is a key.
 */
export function struckOut<Value>(value: Value, secrets: readonly string[]): Value {
  if (secrets.length === 0) return value;
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner !== "string" || (names.has(key) && word.test(inner))) return inner;
    return struck(inner, secrets);
  });
  const clean: Value = JSON.parse(text);
  return clean;
}
