import fc from "fast-check";
import { expect, test } from "vitest";
import { firstBytes, lastBytes } from "../../src/ssh/capture.ts";

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
const cap = fc.integer({ min: 1, max: 50 });

test("S17: firstBytes keeps the beginning, lastBytes the end, and both say when there was more", () => {
  fc.assert(
    fc.property(chunks, cap, (parts, most) => {
      const whole = Buffer.concat(parts);
      const [first, last] = [firstBytes(most), lastBytes(most)];
      for (const part of parts) {
        first.add(part);
        last.add(part);
      }
      expect(Buffer.from(first.bytes())).toEqual(whole.subarray(0, most));
      expect(Buffer.from(last.bytes())).toEqual(whole.subarray(-most));
      expect([first.truncated(), last.truncated()]).toEqual([whole.length > most, whole.length > most]);
    }),
  );
});

test("S17: very many chunks of one byte, each from a large packet, hold no packet", () => {
  const cap = 1 << 17;
  const captures = [firstBytes(cap), lastBytes(cap)];
  const packets = Array.from({ length: 16 }, () => Buffer.alloc(65_536, 7));
  for (let index = 0; index < cap; index += 1) {
    const packet = packets[index % 16]?.subarray(index % 65_536, (index % 65_536) + 1);
    for (const capture of captures) capture.add(packet ?? Buffer.alloc(0));
  }
  for (const capture of captures) {
    expect(capture.bytes().length).toBe(cap);
    expect(capture.bytes().buffer.byteLength).toBeLessThanOrEqual(cap);
    expect(packets.some((packet) => packet.buffer === capture.bytes().buffer)).toBe(false);
  }
});
