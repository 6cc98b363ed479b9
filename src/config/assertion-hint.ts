/** A mistake that is often made, where it stands, and what was expected instead. */
export type Hint = { readonly start: number; readonly end: number; readonly message: string; readonly hint: string };

type Mistake = {
  readonly form: RegExp;
  readonly message: (found: string) => string;
  readonly hint: (found: string) => string;
};

const mistakes: readonly Mistake[] = [
  {
    form: /(?<![\w.])(?:\d+\.?\d*|\.\d+) ?(?:ms|us|s|m|h|d|[kKMG]i?B?|B)(?!\w)/g,
    message: (found) => `${found} has a unit, and numbers here have none`,
    hint: (found) => `${found.replace(/ ?[a-zA-Z]+$/, "")}, in the unit of the metric`,
  },
  {
    form: /(?<![\w.])(?:\d+\.?\d*|\.\d+)\s*%(?!\s*[\w.(])/g,
    message: (found) => `${found} is a share, and ratios are numbers from 0 to 1`,
    hint: (found) => `${Number((Number.parseFloat(found) / 100).toPrecision(12))}`,
  },
  { form: /(?<!\w)and(?!\w)/gi, message: (found) => `${found} is not a word here`, hint: () => "&&" },
  { form: /(?<!\w)or(?!\w)/gi, message: (found) => `${found} is not a word here`, hint: () => "||" },
  {
    form: /(?<!\w)not(?!\w)/gi,
    message: (found) => `${found} is not a word here`,
    hint: () => "!, as in !each.healthy",
  },
  { form: /(?<![=!<>])=(?!=)/g, message: () => "= sets nothing here", hint: () => "==, to compare" },
  { form: /<>|≤|≥|≠|=[<>]/g, message: (found) => `${found} is not a comparison`, hint: () => "<=, >= or !=" },
  {
    form: /(?<![\w.])\.\d+/g,
    message: (found) => `${found} has no digit before the point`,
    hint: (found) => `0${found}`,
  },
  {
    form: /\d+\.(?!\d)/g,
    message: (found) => `${found} has no digit after the point`,
    hint: (found) => `${found}0`,
  },
  {
    form: /[&|](?![&|])(?<![&|]{2})/g,
    message: (found) => `${found} stands twice in a condition`,
    hint: (found) => `${found}${found}`,
  },
];

/** The mistake nearest to where reading stopped; undefined when it is none of the common ones. */
export function hintOf(text: string, at: number): Hint | undefined {
  const found = mistakes.flatMap(({ form, message, hint }) =>
    [...text.matchAll(form)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      message: message(match[0]),
      hint: hint(match[0]),
    })),
  );
  const away = ({ start, end }: Hint) => (at < start ? start - at : Math.max(0, at - end));
  return found.reduce<Hint | undefined>(
    (best, one) => (best === undefined || away(one) < away(best) ? one : best),
    undefined,
  );
}
