import type { Inspected } from "../core/inspected-event.ts";
import type { Route } from "../core/route.ts";
import { grouped } from "../core/words.ts";
import type { Paint } from "./paint.ts";
import { hostsText, safe } from "./safe.ts";

type Reached = { readonly host: string; readonly route: Route };

/** How the hosts are reached, a line for all that are reached alike; where a host is alone, with its address and the line that trusts it. */
export function routesText(events: readonly Inspected[], colors: Paint): readonly string[] {
  const reached = events.flatMap(({ host, route }) => (route === null ? [] : [{ host, route }]));
  return [...grouped(reached, ({ route }) => sameness(route)).values()].map((group) => line(group, colors));
}

/** What of a route is the same for hosts that are reached alike. */
function sameness({ address: _, trusted, ...rest }: Route): string {
  return JSON.stringify([rest, trusted === null ? null : [trusted.type, fileOf(trusted.where)]]);
}

function line(group: readonly Reached[], colors: Paint): string {
  const [one] = group;
  if (one === undefined) return "";
  const alone = group.length === 1;
  const parts = [
    `${hostsText(group.map(({ host }) => host))}: ${endpoint(one.route, alone)}`,
    ...way(one.route),
    one.route.reason === "" ? one.route.transport : `${one.route.transport}, as ${safe(one.route.reason)}`,
    ...(one.route.login === null ? [] : [`logs in with ${safe(one.route.login)}`]),
    ...trust(one.route, alone),
  ];
  return `  ${colors.quiet("way ")}  ${parts.join("; ")}`;
}

function endpoint({ user, address, port }: Route, alone: boolean): string {
  if (alone) return safe(`${user}@${address}:${port}`);
  return safe(port === 22 ? `as ${user}` : `as ${user}, port ${port}`);
}

function way({ jumps, command }: Route): readonly string[] {
  if (command !== null) return [`through \`${safe(command)}\``];
  return jumps.length === 0 ? [] : [`through ${jumps.map((jump) => safe(jump)).join(", then ")}`];
}

function trust({ trusted }: Route, alone: boolean): readonly string[] {
  if (trusted === null) return [];
  const { type, fingerprint, where } = trusted;
  return [safe(alone ? `trusted by ${type} ${fingerprint} at ${where}` : `trusted by ${type} in ${fileOf(where)}`)];
}

function fileOf(where: string): string {
  return where.replace(/:\d+$/, "");
}
