import { carrying, type Host } from "../core/fleet.ts";
import type { Finding, Path } from "./document.ts";
import type { Known } from "./fleet.ts";
import { nearest } from "./nearest.ts";
import { inYaml, phrase } from "./phrase.ts";

type Labels = Readonly<Record<string, string>>;

/** A component that no host carries, and a folder made of labels that one of its hosts does not have. */
export function carrierFindings(
  labels: Labels,
  folder: string | undefined,
  known: Known,
  path: Path,
): readonly Finding[] {
  if (!known.complete) return [];
  const all = known.fleet.cohorts.at(-1)?.hosts ?? [];
  const hosts = carrying(all, labels);
  if (all.length > 0 && hosts.length === 0) return [uncarried(labels, all, [...path, "hosts"])];
  return folder === undefined ? [] : unfilled(namesIn(folder), ["host"], hosts, [...path, "path"]);
}

function uncarried(labels: Labels, all: readonly Host[], path: Path): Finding {
  const wrong = Object.entries(labels).find(([key, value]) => all.every((host) => host.labels[key] !== value));
  const message = `no host carries it: none has the labels ${inYaml(labels)}`;
  if (wrong === undefined) return { path, message };
  const [key, value] = wrong;
  const values = [...new Set(all.flatMap((host) => host.labels[key] ?? []))].slice(0, 10);
  if (values.length === 0) return { path: [...path, key], at: "key", message, nearest: nearest(key, labelNames(all)) };
  return { path: [...path, key], message, expected: phrase(values), nearest: nearest(value, values) };
}

function labelNames(hosts: readonly Host[]): readonly string[] {
  return [...new Set(hosts.flatMap((host) => Object.keys(host.labels)))];
}

function namesIn(folder: string): readonly string[] {
  return [...folder.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? "");
}

/** Placeholders that one of the hosts has no label for; `own` are known of every host. */
export function unfilled(
  names: readonly string[],
  own: readonly string[],
  hosts: readonly Host[],
  path: Path,
): readonly Finding[] {
  return names.flatMap((name) => {
    const bare = own.includes(name) ? undefined : hosts.find((host) => host.labels[name] === undefined);
    if (bare === undefined) return [];
    const expected = `${own.map((one) => `{${one}}`).join(", ")} or a label that every host of the component has`;
    const meant = nearest(name, [...own, ...labelNames(hosts)]);
    return [{ path, message: `"{${name}}" is not known for ${bare.name}`, expected, nearest: meant }];
  });
}
