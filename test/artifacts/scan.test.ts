import { describe, expect, test } from "vitest";
import { limits } from "../../src/artifacts/entry.ts";
import { scan } from "../../src/artifacts/scan.ts";
import { type Piece, pax, pieceBytes, tarOf } from "./tar-writer.ts";
import { failureOf } from "./workshop.ts";

/** In pieces of an odd length, so that nothing lies where a block starts. */
async function* inChunks(bytes: Buffer, length = 333): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function scanned(bytes: Buffer) {
  return scan(inChunks(bytes), "api v408");
}

const whole: readonly Piece[] = [
  { name: "./", type: "5", mode: 0o755 },
  { name: "./bin/", type: "5", mode: 0o755 },
  { name: "./bin/run", body: "#!/bin/sh\n".repeat(100), mode: 0o755 },
  { name: "./latest", type: "2", link: "bin/run" },
  { name: "./same", type: "1", link: "./bin/run" },
  { name: "./empty" },
];

test("gives what a sound archive holds, and where its bytes start", async () => {
  const bytes = tarOf(whole);
  const entries = await scanned(bytes);
  expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
    "folder ./",
    "folder ./bin/",
    "file ./bin/run",
    "link ./latest",
    "hardlink ./same",
    "file ./empty",
  ]);
  const run = entries[2];
  expect(bytes.toString("utf8", run?.offset, (run?.offset ?? 0) + 9)).toBe("#!/bin/sh");
});

test("reads long names written GNU's way, in pax headers and in the prefix field", async () => {
  const long = `${"folder/".repeat(30)}file`;
  const gnu = await scanned(tarOf([{ name: "././@LongLink", type: "L", body: `${long}\0` }, { name: "cut" }]));
  expect(gnu[0]?.path).toBe(long);
  const posix = await scanned(tarOf([pax({ path: long, mtime: "1.5" }), { name: "cut" }]));
  expect(posix[0]?.path).toBe(long);
  const link = await scanned(tarOf([pax({ linkpath: "näher" }), { name: "l", type: "2", link: "cut" }]));
  expect(link[0]?.target).toBe("näher");
});

test("is content with the comment that git archive writes, and with the zeros that fill tar's last record", async () => {
  const bytes = Buffer.concat([tarOf([pax({ comment: "0123" }, "g"), { name: "a" }]), Buffer.alloc(8192)]);
  expect(await scanned(bytes)).toHaveLength(1);
});

const evil: Readonly<Record<string, readonly [readonly Piece[], string]>> = {
  "an absolute path": [[{ name: "/etc/passwd" }], 'entry "/etc/passwd" has an absolute path'],
  "a path with ..": [[{ name: "a/../../b" }], 'entry "a/../../b" has .. in its path'],
  "an absolute path in a pax header": [[pax({ path: "/etc/passwd" }), { name: "fine" }], "has an absolute path"],
  "a link that is absolute": [
    [{ name: "l", type: "2", link: "/etc" }],
    'entry "l" is a link that leaves the release: "/etc"',
  ],
  "a link that climbs out": [[{ name: "a/l", type: "2", link: "../../x" }], "is a link that leaves the release"],
  "a link that climbs out through another": [
    [
      { name: "deep/down/", type: "5" },
      { name: "deep/down/here", type: "2", link: ".." },
      { name: "out", type: "2", link: "deep/down/here/../../x" },
    ],
    'entry "out" is a link that leaves the release: "deep/down/here/../../x"',
  ],
  "links in a circle": [
    [
      { name: "a", type: "2", link: "b" },
      { name: "b", type: "2", link: "a" },
    ],
    'entry "a" is a link that goes round in circles: "b"',
  ],
  "a link to nothing": [[{ name: "l", type: "2" }], 'entry "l" is a link to nowhere'],
  "a file below a link": [
    [
      { name: "l", type: "2", link: "a" },
      { name: "l/x", body: "x" },
    ],
    'entry "l/x" lies below "l", which is no folder',
  ],
  "a link over a file's folder": [
    [
      { name: "l/x", body: "x" },
      { name: "l", type: "2", link: "a" },
    ],
    'entry "l/x" lies below "l", which is no folder',
  ],
  "a hard link out": [
    [{ name: "h", type: "1", link: "../x" }],
    'entry "h" is a hard link that leaves the release: "../x"',
  ],
  "an absolute hard link": [[{ name: "h", type: "1", link: "/etc/passwd" }], "is a hard link that leaves the release"],
  "a hard link to what comes later": [
    [
      { name: "h", type: "1", link: "x" },
      { name: "x", body: "x" },
    ],
    'entry "h" is a hard link to what is no earlier file: "x"',
  ],
  "a hard link to a link": [
    [
      { name: "l", type: "2", link: "x" },
      { name: "h", type: "1", link: "l" },
    ],
    'entry "h" is a hard link to what is no earlier file: "l"',
  ],
  "a character device": [[{ name: "null", type: "3" }], 'entry "null" is a character device'],
  "a block device": [[{ name: "sda", type: "4" }], 'entry "sda" is a block device'],
  "a named pipe": [[{ name: "pipe", type: "6" }], 'entry "pipe" is a named pipe'],
  "a sparse file": [[{ name: "s", type: "S" }], 'entry "s" is a sparse file'],
  "an unknown type": [[{ name: "u", type: "Z" }], 'entry "u" is of the unknown type "Z"'],
  "a setuid file": [[{ name: "su", mode: 0o4755 }], 'entry "su" is setuid'],
  "a setgid file": [[{ name: "sg", mode: 0o2755 }], 'entry "sg" is setgid'],
  "a file twice": [[{ name: "a" }, { name: "./a" }], 'entry "./a" is there twice'],
  "a file in place of the root": [[{ name: "./.", body: "x" }], "takes the place of the release's folder"],
  "a folder with bytes": [[{ name: "d", type: "5", body: "x" }], 'entry "d" has bytes where its type has none'],
  "a name that could steer a terminal": [
    [{ name: "/\u001b[2J\u202e" }],
    'entry "/\\u001b[2J\\u{202e}" has an absolute path',
  ],
  "a path that is too long": [[pax({ path: "a/".repeat(2048) }), { name: "x" }], "has a name that is too long"],
  "two names for one entry": [
    [pax({ path: "a" }), { name: "././@LongLink", type: "L", body: "b\0" }, { name: "c" }],
    "it names an entry twice",
  ],
  "a name for all entries": [
    [pax({ path: "a" }, "g"), { name: "c" }],
    "it has an extended header that is not to be trusted",
  ],
  "a sparse file in pax": [
    [pax({ "GNU.sparse.major": "1" }), { name: "c" }],
    "it has an extended header that is not to be trusted",
  ],
  "capabilities in pax": [
    [pax({ "SCHILY.xattr.security.capability": "x" }), { name: "c" }],
    "it has an extended header that is not to be trusted",
  ],
  "a pax record that lies about its length": [
    [{ name: "PaxHeader", type: "x", body: "99 path=a\n" }, { name: "c" }],
    "it has an extended header that is not to be trusted",
  ],
  "a header of nothing": [[{ name: "a" }, pax({ path: "b" })], "it ends with an extended header of nothing"],
  "a huge header": [[{ name: "x", type: "x", size: 1 << 30 }], "it has an extended header that is too long"],
  "a zero byte in a pax name": [[pax({ path: "a\u0000b" }), { name: "c" }], "has a zero byte in its name"],
};

describe("refuses", () => {
  test.each(Object.entries(evil))("S22: %s (cell 40)", async (_, [pieces, words]) => {
    const failure = await failureOf(scanned(tarOf(pieces)));
    expect(failure.code).toBe("refused");
    expect(failure.message).toContain("api v408 is not safe to ship: ");
    expect(failure.message).toContain(words);
  });

  test("S22: an archive that claims more bytes than the limit, before it reads them (cells 38, 40)", async () => {
    const failure = await failureOf(scanned(tarOf([{ name: "a", size: limits.unpacked + 1 }])));
    expect(failure.message).toContain(`it unpacks to more than ${limits.unpacked} bytes`);
  });

  test("S22: more entries than the limit (cell 40)", async () => {
    async function* many(): AsyncGenerator<Uint8Array> {
      const file = pieceBytes({ name: "file" });
      for (let count = 0; count <= limits.entries; count += 1) yield file;
    }
    expect((await failureOf(scan(many(), "api"))).message).toContain(`it has more than ${limits.entries} entries`);
  });

  test("an archive that was cut at any block", async () => {
    const bytes = tarOf(whole);
    for (let length = 0; length < bytes.length; length += 512) {
      const failure = await failureOf(scanned(bytes.subarray(0, length)));
      expect(failure.message).toMatch(/it is (empty|cut short)$/);
    }
  });

  test("an archive that was cut within a block", async () => {
    const bytes = tarOf(whole);
    for (const length of [1, 511, 700, bytes.length - 1]) await failureOf(scanned(bytes.subarray(0, length)));
  });

  test("any header with one byte changed", async () => {
    const good = tarOf([{ name: "file", body: "x" }]);
    for (let at = 0; at < 512; at += 1) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 0x11;
      const failure = await failureOf(scanned(bytes));
      expect(failure.message).toContain("it is no tar, or is damaged, at byte 0");
    }
  });

  test("data after the end", async () => {
    const bytes = Buffer.concat([tarOf(whole), pieceBytes({ name: "smuggled" })]);
    expect((await failureOf(scanned(bytes))).message).toContain("it has data after its end");
  });

  test("a name that is not UTF-8", async () => {
    const bytes = tarOf([{ name: "a" }]);
    bytes[0] = 0xff;
    bytes.write(
      bytes
        .subarray(0, 512)
        .reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)
        .toString(8)
        .padStart(6, "0"),
      148,
    );
    expect((await failureOf(scanned(bytes))).message).toContain("it is no tar, or is damaged");
  });
});
