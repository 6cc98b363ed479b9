/** Texts, numbers and bytes as SSH writes them (RFC 4251, 5): a number is 32 bits, a text or bytes follow their length. */
export function packed(...values: readonly (number | boolean | string | Uint8Array)[]): Buffer {
  return Buffer.concat(values.map(one));
}

function one(value: number | boolean | string | Uint8Array): Buffer {
  if (typeof value === "boolean") return Buffer.from([value ? 1 : 0]);
  if (typeof value === "number") return number(value);
  const bytes = Buffer.from(value);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads such values one after the other; a packet that is too short is an Error. */
export type Reader = { number(): number; flag(): boolean; bytes(): Buffer; text(): string };

export function reader(packet: Buffer, from = 0): Reader {
  let at = from;
  function take(length: number): Buffer {
    if (at + length > packet.length) throw new Error("a packet ended too early");
    at += length;
    return packet.subarray(at - length, at);
  }
  const bytes = () => take(take(4).readUInt32BE());
  return {
    bytes,
    number: () => take(4).readUInt32BE(),
    flag: () => take(1)[0] !== 0,
    text: () => bytes().toString("utf8"),
  };
}

/** A packet with its length before it, as it goes over the control socket. */
export function framed(packet: Uint8Array): Buffer {
  return packed(packet);
}

/** No packet is longer: SSH's own limit is 35,000 bytes (RFC 4253, 6.1), and OpenSSH's for a control packet 256 KiB. */
const longest = 262_144;

/** Cuts what comes over the control socket into packets. Throws for a length that no packet has. */
export function unframed(tell: (packet: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const length = rest.readUInt32BE();
      if (length > longest) throw new Error(`a packet of ${length} bytes`);
      if (rest.length < 4 + length) return;
      const packet = rest.subarray(4, 4 + length);
      rest = rest.subarray(4 + length);
      tell(packet);
    }
  };
}
