/** The header of one tar entry as it stands in its 512 bytes; `type` is the one character of the format. */
export type TarBlock = {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly link: string;
};

export const blockSize = 512;

/**
 * Reads a header (POSIX.1-1988 ustar, and GNU's, whose prefix field holds something else). Undefined when anything about
 * it is not as the format says: what two readers of an archive could read differently is not let through.
 */
export function readBlock(block: Buffer): TarBlock | undefined {
  const sum = number(block.subarray(148, 156));
  if (sum === undefined || sum !== checksum(block)) return undefined;
  const fields = {
    name: text(block.subarray(0, 100)),
    mode: number(block.subarray(100, 108)),
    size: number(block.subarray(124, 136)),
    link: text(block.subarray(157, 257)),
    prefix: block.toString("latin1", 257, 263) === "ustar\0" ? text(block.subarray(345, 500)) : "",
  };
  const { name, mode, size, link, prefix } = fields;
  if (name === undefined || mode === undefined || size === undefined) return undefined;
  if (link === undefined || prefix === undefined) return undefined;
  const type = String.fromCharCode(block[156] || 0x30);
  return { name: prefix === "" ? name : `${prefix}/${name}`, mode, size, type, link };
}

/**
 * Writes a header with nothing in it that differs between machines: time 0, owner 0, no names. `name` and `link` are cut
 * at the 100 bytes that the fields hold.
 */
export function writeBlock(fields: TarBlock): Buffer {
  const block = Buffer.alloc(blockSize);
  Buffer.from(fields.name).copy(block, 0, 0, 100);
  block.write(octal(fields.mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(fields.size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(fields.type, 156);
  Buffer.from(fields.link).copy(block, 157, 0, 100);
  block.write("ustar\x0000", 257, "latin1");
  block.write(octal(0, 7), 329);
  block.write(octal(0, 7), 337);
  block.write(`${octal(checksum(block), 6)}\0 `, 148, "latin1");
  return block;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8, or undefined: other bytes become different names on different hosts. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function text(field: Buffer): string | undefined {
  const end = field.indexOf(0);
  return decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 for what they cannot hold. */
function number(field: Buffer): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) return base256(field);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(field.toString("latin1"))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits || "0", 8);
}

function base256(field: Buffer): number | undefined {
  if (field[0] !== 0x80) return undefined;
  const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The sum of the bytes, those of the checksum's own field counted as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockSize; at += 1) sum += at >= 148 && at < 156 ? 0 : (block[at] ?? 0);
  return sum;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
