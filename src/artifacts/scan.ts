import { ShipError } from "../core/error.ts";
import { type ByteReader, isZero, reader } from "./byte-reader.ts";
import { type Entry, limits } from "./entry.ts";
import { type Extra, readExtra } from "./extra.ts";
import { blockSize, readBlock, type TarBlock } from "./tar-block.ts";
import { wrongIn } from "./wrong.ts";

/**
 * Reads an uncompressed tar to its end and gives its entries. Throws ShipError `refused`, which names the archive and the
 * entry, for whatever is cut short, beyond `limits`, or not safe to unpack. It is our own reader on purpose: a reader that
 * forgives (most do) sees another archive than the host's tar does.
 */
export async function scan(tar: AsyncIterable<Uint8Array>, archive: string): Promise<readonly Entry[]> {
  const refuse: Refuse = (why) => new ShipError("refused", `${archive} is not safe to ship: ${why}`);
  const entries = await entriesOf(reader(tar), refuse);
  const wrong = wrongIn(entries);
  if (wrong !== undefined) throw refuse(wrong);
  return entries;
}

type Refuse = (why: string) => ShipError;

async function entriesOf(tar: ByteReader, refuse: Refuse): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let extra: Extra = {};
  let unpacked = 0;
  for (;;) {
    const header = await nextHeader(tar, refuse);
    if (header === undefined) break;
    if ("xgLK".includes(header.type)) {
      extra = merge(extra, await extended(tar, header, refuse), refuse);
      continue;
    }
    const entry = toEntry(header, extra, tar.position());
    extra = {};
    unpacked += entry.size;
    if (entries.push(entry) > limits.entries) throw refuse(`it has more than ${limits.entries} entries`);
    if (unpacked > limits.unpacked) throw refuse(`it unpacks to more than ${limits.unpacked} bytes`);
    if (!(await tar.skip(padded(entry.size)))) throw refuse(cutShort);
  }
  if (Object.keys(extra).length > 0) throw refuse("it ends with an extended header of nothing");
  return entries;
}

const cutShort = "it is cut short";

/** Undefined at the end: two blocks of zeros, and after them nothing but zeros. */
async function nextHeader(tar: ByteReader, refuse: Refuse): Promise<TarBlock | undefined> {
  const block = await tar.read(blockSize);
  if (block === undefined) throw refuse(tar.position() === 0 ? "it is empty" : cutShort);
  if (!isZero(block)) {
    const header = readBlock(block);
    if (header === undefined) throw refuse(`it is no tar, or is damaged, at byte ${tar.position() - blockSize}`);
    return header;
  }
  const second = await tar.read(blockSize);
  if (second === undefined) throw refuse(cutShort);
  if (!isZero(second) || !(await tar.onlyZeros())) throw refuse("it has data after its end");
  return undefined;
}

function toEntry(header: TarBlock, extra: Extra, offset: number): Entry {
  const path = extra.path ?? header.name;
  const type = typeOf(header.type, path);
  const target = extra.link ?? header.link;
  return { path, type, flag: header.type, mode: header.mode, size: extra.size ?? header.size, target, offset };
}

/** Archives before POSIX mark a folder by a slash at the end of a file's name. */
function typeOf(flag: string, path: string): Entry["type"] {
  switch (flag) {
    case "0":
    case "7":
      return path.endsWith("/") ? "folder" : "file";
    case "1":
      return "hardlink";
    case "2":
      return "link";
    case "5":
      return "folder";
    default:
      return "other";
  }
}

/** Far more than two long names need. */
const longestHeader = 64 * 1024;

async function extended(tar: ByteReader, header: TarBlock, refuse: Refuse): Promise<Extra> {
  if (header.size > longestHeader) throw refuse("it has an extended header that is too long");
  const body = (await tar.read(padded(header.size)))?.subarray(0, header.size);
  if (body === undefined) throw refuse(cutShort);
  const extra = readExtra(header.type, body);
  if (extra === undefined) throw refuse("it has an extended header that is not to be trusted");
  return extra;
}

/** Two headers that say the same thing twice could be read either way. */
function merge(before: Extra, more: Extra, refuse: Refuse): Extra {
  if (Object.keys(more).some((key) => key in before)) throw refuse("it names an entry twice");
  return { ...before, ...more };
}

function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}
