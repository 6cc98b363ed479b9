import type { Finding, Path } from "./document.ts";

/** What a component says of how its bytes come to the hosts. */
type Ways = {
  readonly fetch: boolean;
  readonly spread: boolean;
  readonly source?: { readonly type: string } | undefined;
};

/** Hosts can fetch only what lies at an address that they can be given; and what they fetch, nobody has to pass on. */
export function fetchFindings({ fetch, spread, source }: Ways, path: Path): readonly Finding[] {
  if (!fetch || source === undefined) return [];
  if (source.type === "http") return spread ? [bothWays(path)] : [];
  return [
    {
      path: [...path, "fetch"],
      at: "key",
      message: `hosts cannot fetch ${sources[source.type] ?? `from a source of type ${source.type}`}: it has no URL`,
      expected: "a source of type http, or no fetch: ship then sends the bytes itself",
    },
  ];
}

function bothWays(path: Path): Finding {
  return {
    path: [...path, "spread"],
    at: "key",
    message: "hosts that fetch the bytes by themselves have nothing to pass on",
    expected: "fetch or spread, not both",
  };
}

/** npm's tarball is packed anew without its outer folder, so that its bytes are not those that lie in the registry. */
const sources: Readonly<Record<string, string>> = {
  dir: "a folder of this machine",
  git: "a git tree that is packed here",
  npm: "a package that is packed anew here",
  command: "what a command made here",
};
