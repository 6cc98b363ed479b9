import { grouped } from "../core/words.ts";
import { type Paint, paint } from "./paint.ts";
import { hostsText, plural, safe } from "./safe.ts";

/** A key that a host showed at first contact. `jump`: the host stands before others, and may be none of the fleet. */
export type Shown = {
  readonly host: string;
  readonly jump: boolean;
  readonly type: string;
  readonly fingerprint: string;
  /** Where it would be written. */
  readonly file: string;
};

/** The keys to compare, a line each; hosts that show the same key stand in one line. */
export function firstContactText(shown: readonly Shown[], color: boolean): string {
  const colors = paint(color);
  const groups = [...grouped(shown, ({ type, fingerprint, jump }) => `${jump} ${type} ${fingerprint}`).values()];
  const files = [...new Set(shown.map(({ file }) => safe(file)))].join(", ");
  const types = [...new Set(shown.map(({ type }) => shortType(type)))];
  const lines = types.map((type) => `  ssh-keygen -lf /etc/ssh/ssh_host_${type}_key.pub`);
  return `${[
    colors.strong(`${plural(groups.length, "host key")} not known yet:`),
    ...groups.map((group) => line(group, colors)),
    "Anybody between here and there could have shown these. Compare them with what the hosts say on their own consoles:",
    ...lines,
    `Those that you trust are written to ${files}.`,
  ].join("\n")}\n`;
}

function line(group: readonly Shown[], colors: Paint): string {
  const [one] = group;
  if (one === undefined) return "";
  const hosts = hostsText(group.map(({ host }) => host));
  const many = group.length === 1 ? "" : colors.quiet(` (${plural(group.length, "host")}, one key)`);
  return `  ${one.jump ? "jump host " : ""}${hosts}  ${safe(one.type)} ${safe(one.fingerprint)}${many}`;
}

function shortType(type: string): string {
  return safe(type)
    .replace(/^ssh-/, "")
    .replace(/^ecdsa.*/, "ecdsa");
}
