import type { Release } from "./release.ts";

/** A release's archive: the file here (tar.gz), with its length and digest, and where it lies for others, if anywhere. */
export type Parcel = {
  readonly archive: string;
  readonly sha256: string;
  readonly size: number;
  /** The very same bytes by http(s), as the source gave them. */
  readonly origin?: Address;
};

/** A place on the web, and headers that are meant for its server alone: they may be secret. */
export type Address = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** Where a host fetches an archive. `url`: the artifact's own address. `relay`: another host, which passes it on. */
export type Origin = Address & { readonly by: "url" | "relay" };

/**
 * How a release's bytes came to a host, and how many: none where they were `there`, or where an archive was `kept` that came
 * before. `instead`: why they did not come from where they should have; host-born, raw. `untried`: the host has nothing to
 * fetch with, which says nothing of where it was sent.
 */
export type Came = {
  readonly from: "there" | "kept" | "here" | Origin["by"];
  readonly bytes: number;
  readonly instead?: string;
  readonly untried?: true;
};

/** Brings a release's bytes to a host; both length and digest are checked there. */
export type PlaceOrder = Omit<Parcel, "origin"> & {
  readonly type: "place";
  readonly release: Release;
  readonly env: Readonly<Record<string, string>>;
  /** Where the host may fetch the archive before it asks for it from here. */
  readonly from?: Origin;
  /** The archive stays on the host until the rollout is over, so that it can be passed on. */
  readonly keepsArchive?: boolean;
};

/**
 * Passes on an archive that the host has kept, to as many others as `takes` says and only while they come for it. Changes
 * nothing, and needs no claim.
 */
export type PassOn = {
  readonly type: "pass-on";
  readonly sha256: string;
  readonly size: number;
  readonly takes: number;
};

/** The address where the archive is passed on; nobody can guess it. */
export type Serving = { readonly type: "serving"; readonly url: string };
