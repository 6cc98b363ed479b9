import { join } from "node:path";

/** Where the files lie: a folder with `flags.json` and `rates/` in it, or each by itself, as `files:` in ship's config has them. */
export type Places = {
  readonly folder?: string | undefined;
  readonly flags?: string | undefined;
  readonly rates?: string | undefined;
};

/** What was given, else what the environment says: SHIP_FLAGS, SHIP_RATES, or SHIP_FOLDER for both. Undefined: nowhere. */
export function placesOf(given: Places, env: Readonly<Record<string, string | undefined>>) {
  const folder = given.folder ?? (env["SHIP_FOLDER"] || undefined);
  const within = (name: string) => (folder === undefined ? undefined : join(folder, name));
  const told = given.folder === undefined ? { flags: env["SHIP_FLAGS"], rates: env["SHIP_RATES"] } : {};
  return {
    flags: given.flags ?? (told.flags || within("flags.json")),
    rates: given.rates ?? (told.rates || within("rates")),
  };
}

/** The file of a rate, or undefined where its name cannot be a file's. */
export function rateFile(rates: string | undefined, name: string): string | undefined {
  return rates !== undefined && /^[\w-][\w.-]*$/.test(name) ? join(rates, name) : undefined;
}
