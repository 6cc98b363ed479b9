import { nameOf, type Progress } from "./progress.ts";

/**
 * Hosts by name, in the plan's order. They stand in chunks, so that with another host in it a roster shares all chunks but
 * one with what it was before, and a question is asked anew only of the hosts of that one: what an input costs grows
 * hardly with the fleet.
 */
export type Roster = {
  readonly size: number;
  readonly places: ReadonlyMap<string, Place>;
  readonly chunks: readonly Chunk[];
};

type Place = { readonly chunk: number; readonly at: number };

/** Hosts of one stage. `found`: what questions found in it already, which stays true, as a chunk never changes. */
type Chunk = {
  readonly stage: number;
  readonly hosts: readonly Progress[];
  readonly found: Map<Question, readonly Progress[]>;
};

/** Answers by the host alone. It has to be one function, not made anew for each call: what it found is kept under it. */
export type Question = (host: Progress) => boolean;

/** Near the root of the thousand hosts that a large fleet has: as many chunks as hosts in each. */
const chunkSize = 32;

export function rosterOf(hosts: readonly Progress[]): Roster {
  const chunks = chunked(hosts);
  const places = chunks.flatMap((one, chunk) => one.hosts.map((host, at) => [nameOf(host), { chunk, at }] as const));
  return { size: hosts.length, places: new Map(places), chunks };
}

function chunked(hosts: readonly Progress[]): readonly Chunk[] {
  const chunks: (Chunk & { readonly hosts: Progress[] })[] = [];
  for (const host of hosts) {
    const last = chunks.at(-1);
    if (last?.stage === host.stage && last.hosts.length < chunkSize) last.hosts.push(host);
    else chunks.push({ stage: host.stage, hosts: [host], found: new Map() });
  }
  return chunks;
}

export function hostIn({ places, chunks }: Roster, name: string): Progress | undefined {
  const place = places.get(name);
  return place === undefined ? undefined : chunks[place.chunk]?.hosts[place.at];
}

/** The roster with something new about one host; itself where it does not have that host. */
export function changedIn(roster: Roster, name: string, change: Partial<Progress>): Roster {
  const place = roster.places.get(name);
  if (place === undefined) return roster;
  const chunks = roster.chunks.map((chunk, at) => (at === place.chunk ? changedAt(chunk, place.at, change) : chunk));
  return { ...roster, chunks };
}

function changedAt({ stage, hosts }: Chunk, place: number, change: Partial<Progress>): Chunk {
  const next = hosts.map((host, at) => (at === place ? { ...host, ...change } : host));
  return { stage, hosts: next, found: new Map() };
}

export function allIn({ chunks }: Roster): readonly Progress[] {
  return chunks.flatMap(({ hosts }) => hosts);
}

/** Hosts of whom something is so, in all stages or in those for which `isIn`. */
export function thoseIn({ chunks }: Roster, question: Question, isIn = everywhere): readonly Progress[] {
  const found: Progress[] = [];
  for (const chunk of chunks) if (isIn(chunk.stage)) found.push(...foundIn(chunk, question));
  return found;
}

/** How many they are. */
export function countIn({ chunks }: Roster, question: Question, isIn = everywhere): number {
  let sum = 0;
  for (const chunk of chunks) if (isIn(chunk.stage)) sum += foundIn(chunk, question).length;
  return sum;
}

function everywhere(_stage: number): boolean {
  return true;
}

function foundIn({ hosts, found }: Chunk, question: Question): readonly Progress[] {
  const known = found.get(question);
  if (known !== undefined) return known;
  const those = hosts.filter(question);
  found.set(question, those);
  return those;
}
