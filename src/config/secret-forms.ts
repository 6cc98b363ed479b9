/** Shorter values would blot out half of every text, and are no secrets. */
const shortest = 4;

/** A line of a longer secret (a key in PEM) is one too, when it is long enough to be nothing else. */
const shortestLine = 16;

/** Base64 of fewer bytes than this is too short to tell from other words. */
const shortestBytes = 6;

/**
 * How each value may stand in a text: as it is, line by line, as JSON, YAML, a URL or a form escape it, and in base64,
 * alone or in the middle of something longer. The longest first, so that no part of one is struck out before the whole.
 */
export function formsOf(values: readonly string[]): readonly string[] {
  const long = values.filter((value) => value.length >= shortest);
  const lines = long.flatMap((value) => value.split(/\r?\n/)).filter((line) => line.trim().length >= shortestLine);
  const forms = [...long, ...lines].flatMap((value) => [value, value.trim(), ...escaped(value), ...inBase64(value)]);
  const fit = forms.filter((form) => form.length >= shortest);
  return [...new Set(fit)].sort((a, b) => b.length - a.length);
}

/** The text with `***` for each of the forms. */
export function struck(text: string, forms: readonly string[]): string {
  return forms.reduce((shown, form) => shown.replaceAll(form, "***"), text);
}

function escaped(value: string): readonly string[] {
  // Half a surrogate pair has no place in a URL.
  const wellFormed = Buffer.from(value).toString();
  const url = encodeURIComponent(wellFormed);
  return [
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "''"),
    value.replaceAll("'", "'\\''"),
    url,
    url.replaceAll(/%../g, (code) => code.toLowerCase()),
    url.replaceAll("%20", "+"),
    encodeURI(wellFormed),
  ];
}

/** The characters that are the same whatever stands around the value: it may begin at any of three places of a group. */
function inBase64(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  if (bytes.length < shortestBytes) return [];
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const text = all.toString("base64").slice(from, Math.floor((all.length * 8) / 6));
    return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
