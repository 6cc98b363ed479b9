import type { Address } from "../core/origin.ts";

/** Where and for whom a source works. */
export type Place = {
  readonly component: string;
  /** The config's folder: relative paths start here, and programs run here. */
  readonly root: string;
  /** Empty folder for intermediate files; removed when the version is resolved. */
  readonly scratch: string;
  /** The environment that programs get. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The path of an archive with this sha256 that an earlier run kept, if there is one, undamaged. */
  kept(sha256: string): Promise<string | undefined>;
};

/** All names of versions a source has, and names that stand for one of them (`latest` → `1.4.2`). */
export type Listing = {
  readonly versions: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
};

/** What a source has for a version. `tar` is uncompressed and packed anew; `strip` leading folders of its paths go. */
export type Fetched =
  | { readonly type: "unknown" }
  | { readonly type: "folder"; readonly path: string }
  /** `origin`: where others find the very same bytes. */
  | {
      readonly type: "archive";
      readonly path: string;
      readonly expected: Expected | undefined;
      readonly origin?: Address;
    }
  | { readonly type: "tar"; readonly path: string; readonly strip: number; readonly prefix: string };

/** The bytes that were promised, and by whom. */
export type Expected = { readonly sha256: string; readonly by: string };

/**
 * One kind of source. What goes wrong is thrown as a ShipError: `unreachable` when it may work later, `refused` when what
 * it gave is not what was promised. A version that it does not have is the value `unknown`.
 */
export type Source<Spec> = {
  /** Undefined: this source cannot list. */
  list(spec: Spec, place: Place): Promise<Listing | undefined>;
  fetch(spec: Spec, version: string, place: Place): Promise<Fetched>;
};
