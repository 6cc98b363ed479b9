import type { Host } from "../core/fleet.ts";

const placeholder = /\{([^{}]*)\}/g;

/** The instance label that a template gives a host; what is not known of the host stays in its braces. */
export function instanceOf(template: string, { name, address, labels }: Host): string {
  const words: Readonly<Record<string, string>> = { ...labels, host: name, address };
  return template.replace(
    placeholder,
    (whole, word: string) => (Object.hasOwn(words, word) ? words[word] : whole) ?? "",
  );
}

/** The names that stand in the braces of a template. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, word = ""]) => word);
}

/** RE2 for the instance labels of these hosts: with any port or none, unless the template says which. */
export function instancePattern(template: string, hosts: readonly Host[]): string {
  const names = hosts.map((host) => literal(instanceOf(template, host))).join("|");
  return hasPort(template) ? `(?:${names})` : `(?:${names})(?::[0-9]+)?`;
}

/** Finds the host that an instance label is of. */
export function ownersOf(template: string, hosts: readonly Host[]): (instance: string) => string | undefined {
  const owners = new Map(hosts.map((host) => [instanceOf(template, host), host.name]));
  if (hasPort(template)) return (instance) => owners.get(instance);
  return (instance) => owners.get(instance) ?? owners.get(instance.replace(/:[0-9]+$/, ""));
}

function hasPort(template: string): boolean {
  return /:(?:[0-9]+|\{[^{}]*\})$/.test(template);
}

/** No character of a name has a meaning in the pattern, and none could end the string that the pattern stands in. */
function literal(text: string): string {
  return text.replace(/[.+*?()|[\]{}^$]|["'`\\\p{Cc}]/gu, (character) =>
    /["'`\\\p{Cc}]/u.test(character) ? `\\x{${character.codePointAt(0)?.toString(16)}}` : `\\${character}`,
  );
}
