import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appSource } from "./app.ts";
import { wishScript } from "./desk.ts";

type Latency = readonly (readonly [share: number, from: number, to: number])[];

/** What sets a version apart; the app reads it at its start. */
type Behaviour = {
  /** Shares of requests with their latency: [share, from ms, to ms]; the shares add up to 1. */
  readonly latency: Latency;
  /** The same for requests that take the path behind the flag lxc; null where there is no such path yet. */
  readonly lxc: Latency | null;
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
  lxc: null,
  failsAtStart: false,
  dropsConnections: false,
  errorsAfter: null,
};

/** A p99 near 83 ms, as read from the buckets; one request in eight is over 50 ms. */
const slow: Latency = [
  [0.7, 3, 10],
  [0.18, 10, 25],
  [0.105, 51, 75],
  [0.015, 76, 95],
];

/** A p99 near 98 ms; so much of it is over 50 ms that a tenth of the requests on this path is enough to see it. */
const slowPath: Latency = [
  [0.35, 3, 10],
  [0.25, 10, 25],
  [0.4, 51, 95],
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
  // As good as v408 while the flag lxc is off.
  v413: { ...good, lxc: slowPath },
  v414: { ...good, lxc: good.latency },
};

/** What an application imports as `ship/sdk`, as it was built beside the bundle that this is part of. */
const sdk = join(import.meta.dirname, "sdk.js");

/**
 * Writes `<folder>/<version>/` for every version that is not there yet: the app with ship's SDK beside it, what it is like, and how it
 * is restarted.
 */
export function writeArtifacts(folder: string): void {
  for (const [version, behaviour] of Object.entries(versions)) {
    const release = join(folder, version);
    if (existsSync(release)) continue;
    mkdirSync(join(release, "bin"), { recursive: true });
    writeFileSync(join(release, "app.mjs"), appSource);
    copyFileSync(sdk, join(release, "sdk.mjs"));
    writeFileSync(join(release, "version.json"), `${JSON.stringify({ version, ...behaviour }, undefined, 2)}\n`);
    writeExecutable(join(release, "bin", "restart"));
    writeExecutable(join(release, "bin", "stop"));
  }
}

function writeExecutable(file: string): void {
  writeFileSync(file, wishScript);
  chmodSync(file, 0o755);
}
