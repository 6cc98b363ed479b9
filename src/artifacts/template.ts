/** Fills `{name}` with its word; a name that is not among the words stays as it is. */
export function fill(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? whole);
}

/** The version that makes `text` of the template, where `{version}` stands in it; undefined when it does not fit. */
export function versionIn(template: string, text: string): string | undefined {
  const [before = "", ...after] = template.split("{version}").map(literal);
  return new RegExp(`^${before}(?<version>.+?)${after.join("\\k<version>")}$`, "s").exec(text)?.groups?.["version"];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
