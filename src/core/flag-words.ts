import { type FlagState, reachesAll, usualKey } from "./flag.ts";
import { type Audience, fieldsOf, merged } from "./flag-audience.ts";

/** Characters of a version's text: it is a folder's name and a column of a table. */
const longest = 64;

/**
 * The state as a version's name: `on`, `on-10pct`, `new-2.5pct-for-app`. It tells and does not identify: audiences are named by
 * their fields, and two variants may be spelled alike; the release's hash tells them apart.
 */
export function versionText(state: FlagState): string {
  const { variant, percent, key } = state;
  if (reachesAll(state)) return spelled(variant);
  const share = percent === undefined || (percent === 0 && state.for.length > 0) ? "" : `-${percent}pct`;
  const by = percent === undefined || percent === 0 || key === usualKey ? "" : `-by-${key}`;
  const fields = [...new Set(merged(state.for).flatMap(fieldsOf))];
  const named = fields.length === 0 ? "" : `-for-${fields.join("-")}`;
  return spelled(`${variant}${share}${by}${named}`);
}

/** By the rule for versions: see isVersion. */
function spelled(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._+-]+/g, "-").replace(/\.{2,}/g, ".");
  return (
    safe
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, longest)
      .replace(/[^A-Za-z0-9]+$/, "") || "variant"
  );
}

/** The state for people: `on for 10% and for app=shop-17`. Raw: conditions and values are as they were typed. */
export function stateText(state: FlagState): string {
  if (reachesAll(state)) return state.variant;
  const { variant, percent, key } = state;
  const share =
    percent === undefined || percent === 0 ? [] : [`for ${percent}%${key === usualKey ? "" : ` by ${key}`}`];
  const parts = [...share, ...merged(state.for).map((audience) => `for ${audienceText(audience)}`)];
  return `${variant} ${parts.length === 0 ? "for nobody" : parts.join(" and ")}`;
}

/** Values that are named; the rest is counted. */
const shown = 3;

/** `app=shop-17,shop-18 and 40 more`, or the condition. Raw. */
export function audienceText(audience: Audience): string {
  if (audience.type === "condition") return audience.text;
  const { field, values } = audience;
  const more = values.length > shown ? ` and ${values.length - shown} more` : "";
  return `${field}=${values.slice(0, shown).join(",")}${more}`;
}
