/**
 * The sha256 that a checksum file gives for a file of this name: a bare one, or a line of `sha256sum` (`<hex>  name`) or of
 * BSD's and OpenSSL's (`SHA256 (name) = <hex>`). A file with several lines must name it, and once. Lower case.
 */
export function checksumFor(text: string, name: string): string | undefined {
  const sums = text.split(/\r?\n/).flatMap((line) => sumIn(line.trim()) ?? []);
  const fitting = sums.length === 1 ? sums : sums.filter((sum) => sum.name === name);
  return fitting.length === 1 ? fitting[0]?.sha256.toLowerCase() : undefined;
}

type Line = { readonly sha256: string; readonly name: string };

function sumIn(line: string): Line | undefined {
  const [, first, after = ""] = /^([0-9a-f]{64})(?:\s+\*?(.+))?$/i.exec(line) ?? [];
  if (first !== undefined) return { sha256: first, name: lastPart(after) };
  const [, named = "", second] = /^SHA2?-?256 ?\((.+)\) ?= ?([0-9a-f]{64})$/i.exec(line) ?? [];
  return second === undefined ? undefined : { sha256: second, name: lastPart(named) };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
