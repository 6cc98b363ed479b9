import { gzipSync } from "node:zlib";

/** One entry of an archive that no packer would write. */
export type Piece = {
  readonly name: string;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly link?: string;
  readonly mode?: number;
  /** The size that the header claims, where it is not the body's. */
  readonly size?: number;
};

/** A tar, written apart from the code under test, with whatever the pieces say. */
export function tarOf(pieces: readonly Piece[]): Buffer {
  return Buffer.concat([...pieces.map(pieceBytes), Buffer.alloc(1024)]);
}

export function tarGzOf(pieces: readonly Piece[]): Buffer {
  return gzipSync(tarOf(pieces));
}

/** A pax header for the piece after it. */
export function pax(records: Readonly<Record<string, string>>, type = "x"): Piece {
  return { name: "PaxHeader", type, body: Object.entries(records).map(record).join("") };
}

export function pieceBytes(piece: Piece): Buffer {
  const body = Buffer.from(piece.body ?? "");
  const block = Buffer.alloc(512);
  block.write(piece.name, 0, 100);
  block.write((piece.mode ?? 0o644).toString(8).padStart(7, "0"), 100);
  block.write("0001750\0", 108);
  block.write("0001750\0", 116);
  block.write((piece.size ?? body.length).toString(8).padStart(11, "0"), 124);
  block.write("14000000000\0", 136);
  block.write("        ", 148);
  block.write(piece.type ?? "0", 156);
  block.write(piece.link ?? "", 157, 100);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

function record([key, value]: readonly [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const length = [1, 2, 3, 4, 5].map((digits) => rest + digits).find((total) => String(total).length === total - rest);
  return `${length} ${key}=${value}\n`;
}
