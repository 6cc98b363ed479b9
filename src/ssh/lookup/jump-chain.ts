import { ShipError } from "../../core/error.ts";
import type { Asked } from "./ask.ts";

/** The hosts that a ProxyJump names, the one that is dialled first at the front: `[user@]host[:port]`, or `ssh://` before it. */
export function parseJumps(value: string): readonly Asked[] {
  return value.split(",").map((one) => {
    const found = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:@]+))(?::(\d+))?\/?$/i.exec(one.trim());
    const name = found?.[2] ?? found?.[3];
    if (name === undefined)
      throw new ShipError("usage", `ProxyJump ${JSON.stringify(value)} cannot be read.`, {
        hint: "It takes [user@]host[:port], several parted by commas.",
      });
    const port = found?.[4];
    return { name, user: found?.[1], port: port === undefined ? undefined : Number(port), address: undefined };
  });
}

/** A command line's tokens (ssh_config(5), TOKENS) filled in, where none of their values means anything to a shell. */
export function fillIn(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.)/g, (whole, letter: string) => {
    if (letter === "%") return "%";
    const value = tokens[letter];
    if (value === undefined)
      throw new ShipError("usage", `${whole} in a ProxyCommand or ProxyJump is not known to ship.`, {
        hint: "It knows %h, %n, %p, %r and %%.",
      });
    if (/^[\w.:@+-]+$/.test(value) && !value.startsWith("-")) return value;
    throw new ShipError(
      "usage",
      `${JSON.stringify(value)} stands for ${whole} in a command, and might mean more there.`,
    );
  });
}
