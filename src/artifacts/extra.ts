import { decode } from "./tar-block.ts";

/** What an extended header says of the entry after it, where the 512 bytes have no room. */
export type Extra = { readonly path?: string; readonly link?: string; readonly size?: number };

/** Reads the body of a header of type `L` or `K` (GNU) or `x` or `g` (pax); undefined when it is not to be trusted. */
export function readExtra(type: string, body: Buffer): Extra | undefined {
  return type === "L" || type === "K" ? longName(type, body) : paxExtra(type, body);
}

/** GNU's way to a name of more than 100 bytes: it ends with a zero. */
function longName(type: string, body: Buffer): Extra | undefined {
  const end = body.indexOf(0);
  const name = decode(end === -1 ? body : body.subarray(0, end));
  if (name === undefined) return undefined;
  return type === "L" ? { path: name } : { link: name };
}

/** POSIX's way. A global header may only comment: what it says of all files is read differently by different tars. */
function paxExtra(type: string, body: Buffer): Extra | undefined {
  const records = paxRecords(body);
  if (records === undefined) return undefined;
  const keys = [...records.keys()];
  if (keys.some((key) => key.startsWith("GNU.sparse") || key.includes("xattr.security"))) return undefined;
  if (type === "g") return keys.some((key) => /^(path|linkpath|size)$/.test(key)) ? undefined : {};
  const size = records.get("size");
  if (size !== undefined && !/^\d{1,15}$/.test(size)) return undefined;
  const path = records.get("path");
  const link = records.get("linkpath");
  return {
    ...(path === undefined ? {} : { path }),
    ...(link === undefined ? {} : { link }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

/** `<length> <key>=<value>\n`, the length in bytes and counting itself (POSIX.1-2001, pax). */
function paxRecords(body: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const digits = /^([1-9]\d{0,5}) /.exec(body.toString("latin1", at, at + 8))?.[1];
    const record = digits === undefined ? undefined : body.subarray(at, at + Number(digits));
    if (digits === undefined || record === undefined || record.length !== Number(digits)) return undefined;
    const [, key, value] = /^\d+ ([^=]+)=(.*)\n$/s.exec(decode(record) ?? "") ?? [];
    if (key === undefined || value === undefined || records.has(key)) return undefined;
    records.set(key, value);
    at += record.length;
  }
  return records;
}
