/** A stream read by length, in order, once. */
export type ByteReader = {
  /** Exactly so many bytes; undefined when there are fewer. */
  read(length: number): Promise<Buffer | undefined>;
  skip(length: number): Promise<boolean>;
  /** Reads to the end. */
  onlyZeros(): Promise<boolean>;
  position(): number;
};

export function reader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  let position = 0;
  const more = async (): Promise<boolean> => {
    const { done, value } = await source.next();
    held = done === true ? new Uint8Array(0) : value;
    return done !== true;
  };
  const take = (length: number): Uint8Array => {
    const taken = held.subarray(0, length);
    held = held.subarray(taken.length);
    position += taken.length;
    return taken;
  };
  return {
    position: () => position,
    async read(length) {
      const parts: Uint8Array[] = [];
      for (let missing = length; missing > 0; ) {
        if (held.length === 0 && !(await more())) return undefined;
        const part = take(missing);
        parts.push(part);
        missing -= part.length;
      }
      return Buffer.concat(parts);
    },
    async skip(length) {
      for (let missing = length; missing > 0; ) {
        if (held.length === 0 && !(await more())) return false;
        missing -= take(missing).length;
      }
      return true;
    },
    async onlyZeros() {
      do if (!isZero(take(held.length))) return false;
      while (await more());
      return true;
    },
  };
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
