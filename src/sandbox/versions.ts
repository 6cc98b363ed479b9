import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appSource } from "./app.ts";
import { wishScript } from "./desk.ts";

/** What sets a version apart; the app reads it at its start. */
type Behaviour = {
  /** Shares of requests with their latency: [share, from ms, to ms]; the shares add up to 1. */
  readonly latency: readonly (readonly [share: number, from: number, to: number])[];
  readonly failsAtStart: boolean;
  readonly dropsConnections: boolean;
  /** Seconds of uptime after which every request is answered with 500; null for never. JSON has no undefined. */
  readonly errorsAfter: number | null;
};

const good: Behaviour = {
  latency: [
    [0.785, 3, 10],
    [0.185, 10, 25],
    [0.0297, 25, 45],
    [0.0003, 51, 60],
  ],
  failsAtStart: false,
  dropsConnections: false,
  errorsAfter: null,
};

/** A p99 near 83 ms, as read from the buckets; one request in eight is over 50 ms. */
const slow: Behaviour["latency"] = [
  [0.7, 3, 10],
  [0.18, 10, 25],
  [0.105, 51, 75],
  [0.015, 76, 95],
];

/** The versions that the sandbox has to ship: one for each way in which a release goes right or wrong. */
const versions: Readonly<Record<string, Behaviour>> = {
  v407: good,
  v408: good,
  v409: { ...good, latency: slow },
  v410: { ...good, failsAtStart: true },
  v411: { ...good, dropsConnections: true },
  // Long after the first stage of this repository's config has passed.
  v412: { ...good, errorsAfter: 20 },
};

/** Writes `<folder>/<version>/` for every version: the app, what it is like, and how it is restarted. */
export function writeArtifacts(folder: string): void {
  for (const [version, behaviour] of Object.entries(versions)) {
    const release = join(folder, version);
    mkdirSync(join(release, "bin"), { recursive: true });
    writeFileSync(join(release, "app.mjs"), appSource);
    writeFileSync(join(release, "version.json"), `${JSON.stringify({ version, ...behaviour }, undefined, 2)}\n`);
    writeExecutable(join(release, "bin", "restart"));
    writeExecutable(join(release, "bin", "stop"));
  }
}

function writeExecutable(file: string): void {
  writeFileSync(file, wishScript);
  chmodSync(file, 0o755);
}
