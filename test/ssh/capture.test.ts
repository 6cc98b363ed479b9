import fc from "fast-check";
import { expect, test } from "vitest";
import { firstBytes, lastBytes } from "../../src/ssh/capture.ts";

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
const cap = fc.integer({ min: 1, max: 50 });

test("firstBytes keeps the beginning, lastBytes the end, and both say when there was more", () => {
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
