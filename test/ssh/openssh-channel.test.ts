import fc from "fast-check";
import { expect, test } from "vitest";
import { ownWindow, ProxiedChannel } from "../../src/ssh/openssh/channel.ts";
import { framed, packed, reader, unframed } from "../../src/ssh/openssh/packet.ts";

test("property: packets come out as they went in, wherever the way cuts them", () => {
  const packets = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
  fc.assert(
    fc.property(packets, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map((packet) => framed(packet)));
      const got: Buffer[] = [];
      const take = unframed((packet) => got.push(Buffer.from(packet)));
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const next = at + (cuts[turn % cuts.length] ?? 1);
        take(stream.subarray(at, next));
        at = next;
      }
      expect(got).toEqual(sent.map((packet) => Buffer.from(packet)));
    }),
  );
});

test("a length that no packet has is an error, and so is a value that goes beyond its packet", () => {
  expect(() => unframed(() => undefined)(packed(300_000))).toThrow("a packet of 300000 bytes");
  expect(() => reader(packed(5)).bytes()).toThrow("ended too early");
  const from = reader(packed(7, "text", true, new Uint8Array([1, 2])));
  expect([from.number(), from.text(), from.flag(), [...from.bytes()]]).toEqual([7, "text", true, [1, 2]]);
});

type Said = { readonly data: Buffer[]; readonly granted: number[]; readonly ends: string[] };

function channel(window: number, most: number): { readonly channel: ProxiedChannel; readonly said: Said } {
  const said: Said = { data: [], granted: [], ends: [] };
  const outlet = {
    data: (bytes: Uint8Array, done: () => void) => {
      said.data.push(Buffer.from(bytes));
      done();
    },
    grant: (bytes: number) => void said.granted.push(bytes),
    refuse: () => void said.ends.push("refuse"),
    eof: () => void said.ends.push("eof"),
    close: () => void said.ends.push("close"),
  };
  return { channel: new ProxiedChannel(outlet, { window, most }), said };
}

test("property: never more goes out than there is room, and all of it goes, in order, once there is", () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 6 });
  const rooms = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 });
  fc.assert(
    fc.property(
      chunks,
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      rooms,
      (sent, first, most, more) => {
        const { channel: out, said } = channel(first, most);
        const all = Buffer.concat(sent);
        for (const chunk of sent) out.write(chunk);
        let room = first;
        const went = () => Buffer.concat(said.data);
        for (const bytes of more) {
          expect(went().length).toBe(Math.min(room, all.length));
          out.widen(bytes);
          room += bytes;
        }
        out.widen(all.length);
        expect(went()).toEqual(all);
        expect(said.data.every((part) => part.length <= most)).toBe(true);
      },
    ),
  );
});

test("what is written after the other side has closed is called back, and goes nowhere (pitfall 10)", async () => {
  const { channel: out, said } = channel(3, 100);
  const backs: string[] = [];
  out.write("abcdef", () => backs.push("first"));
  out.write("more", () => backs.push("second"));
  out.resume();
  out.stderr.resume();
  out.shut();
  await new Promise((resolve) => out.once("close", resolve));
  expect(backs).toEqual(["first", "second"]);
  expect([String(Buffer.concat(said.data)), ...said.ends]).toEqual(["abc", "close"]);
});

test("more is granted as it is read, and none while nobody reads", async () => {
  const { channel: into, said } = channel(0, 100);
  const part = Buffer.alloc(32_768);
  for (let sent = 0; sent < ownWindow; sent += part.length) into.receive(part, sent % 65_536 === 0);
  expect(said.granted).toEqual([]);
  into.resume();
  into.stderr.resume();
  await expect.poll(() => said.granted).toEqual([ownWindow]);
});

test("more than was granted is an error, whether anybody reads it or not", () => {
  for (const reads of [false, true]) {
    const { channel: into, said } = channel(0, 100);
    if (reads) into.resume();
    into.receive(Buffer.alloc(ownWindow), false);
    if (said.granted.length > 0) into.receive(Buffer.alloc(said.granted[0] ?? 0), false);
    expect(() => into.receive(Buffer.alloc(1), true)).toThrow("more than it was granted");
    into.cut();
  }
});

test("it is closed when both streams were read to their end, and not before", async () => {
  const { channel: into } = channel(0, 100);
  let closed = false;
  into.once("close", () => {
    closed = true;
  });
  into.receive(Buffer.from("out"), false);
  into.receive(Buffer.from("err"), true);
  into.shut();
  into.receive(Buffer.from("too late"), false);
  const out: Buffer[] = [];
  into.on("data", (chunk: Buffer) => out.push(chunk));
  await new Promise((resolve) => into.once("end", resolve));
  expect([String(Buffer.concat(out)), closed]).toEqual(["out", false]);
  into.stderr.resume();
  await expect.poll(() => closed).toBe(true);
});
