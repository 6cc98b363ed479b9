import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knownAs, parseKnownHosts, readKnownHosts } from "../../../src/ssh/trust/known-hosts.ts";
import { keysFor } from "../../../src/ssh/trust/known-lookup.ts";
import { makeKeyPair } from "../keys.ts";

const keys = Array.from({ length: 4 }, () => makeKeyPair().public);
const [a = "", b = "", c = ""] = keys;
const rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQC7";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ship-known-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function found(text: string, ...names: string[]): readonly string[] {
  return keysFor(parseKnownHosts(text, "f"), names).pinned.map((key) => `${key.revoked ? "!" : ""}${key.where}`);
}

function hashed(name: string): string {
  const salt = Buffer.from("0123456789abcdef0123");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

describe("lines", () => {
  test("S2: plain, listed, with patterns and with ports", () => {
    const text = `web ${a}\nweb,db ${b}\n*.example.com,!bad.example.com ${a}\n[web]:2222 ${c} a comment\nweb-0? ${a}\n`;
    expect(found(text, "web")).toEqual(["f:1", "f:2"]);
    expect(found(text, "db")).toEqual(["f:2"]);
    expect(found(text, "good.example.com")).toEqual(["f:3"]);
    expect(found(text, "bad.example.com")).toEqual([]);
    expect(found(text, "[web]:2222")).toEqual(["f:4"]);
    expect(found(text, "web-07")).toEqual(["f:5"]);
    expect(found(text, "web-007")).toEqual([]);
  });

  test("S2: a name may be hashed, and letters have no case", () => {
    expect(found(`${hashed("[web]:22022")} ${a}\n`, "[web]:22022")).toEqual(["f:1"]);
    expect(found(`${hashed("web")} ${a}\n`, "other")).toEqual([]);
    expect(found(`WEB ${a}\n`, knownAs("Web", 22))).toEqual(["f:1"]);
  });

  test("dots and brackets are themselves", () => {
    expect(found(`web.example* ${a}\n`, "webxexample.com")).toEqual([]);
    expect(found(`[we?]:2222 ${a}\n`, "[web]:2222")).toEqual(["f:1"]);
  });

  test("S3: markers: revoked stands apart, an authority is no key, an unknown one voids its line", () => {
    const text = `@revoked web ${a}\n@cert-authority *.example.com ${b}\n@other web ${c}\n`;
    expect(found(text, "web")).toEqual(["!f:1"]);
    const known = keysFor(parseKnownHosts(text, "f"), ["x.example.com"]);
    expect(known).toEqual({ pinned: [], authorities: ["f:2"] });
  });

  test("what is malformed is left out", () => {
    const lies = a.replace("ssh-ed25519", "ssh-rsa");
    const text = `# web ${a}\n\nweb\nweb ssh-ed25519\nweb ssh-ed25519 !!!\nweb ${lies}\n@revoked\n|1|x ${a}\nweb ${a}\r\n`;
    expect(found(text, "web")).toEqual(["f:9"]);
  });

  test("S3: the first name with a key decides, a revocation under any name stands", () => {
    const text = `[web]:2222 ${a}\nweb ${b}\n@revoked web ${c}\n`;
    expect(found(text, "[web]:2222", "web")).toEqual(["!f:3", "f:1"]);
    expect(found(text, "[web]:2223", "web")).toEqual(["!f:3", "f:2"]);
  });

  test("a key under another name lets in, and says that it is elsewhere", () => {
    const known = keysFor(parseKnownHosts(`web ${a}\n@cert-authority * ${b}\n`, "f"), ["[web]:2222", "web"]);
    expect(known.pinned.map(({ where, elsewhere }) => [where, elsewhere])).toEqual([["f:1", true]]);
    expect(known.authorities).toEqual(["f:2"]);
  });

  test("a pattern of stars does not take for ever", () => {
    expect(found(`${"*a".repeat(30)} ${a}\n`, "b".repeat(60))).toEqual([]);
    expect(found(`${"*".repeat(500)}x ${a}\n`, "b".repeat(500))).toEqual([]);
  });
});

test("S2: the same lines are found as ssh-keygen finds", () => {
  const name = fc.constantFrom("web", "db", "a.example.com", "[web]:2222", "[db]:2222", "10.0.0.5", "web-01");
  const pattern = fc.oneof(
    name,
    fc.constantFrom("*", "we?", "*.example.com", "!web", "!db", "[*]:2222", "WEB", "10.0.0.*"),
  );
  const hosts = fc.oneof(
    fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => patterns.join(",")),
    name.map(hashed),
  );
  const marker = fc.constantFrom("", "", "", "@revoked ", "@cert-authority ");
  const line = fc.tuple(marker, hosts, fc.constantFrom(...keys, rsa)).map(([mark, who, key]) => `${mark}${who} ${key}`);
  const file = join(folder, "oracle");
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), name, (lines, wanted) => {
      writeFileSync(file, `${lines.join("\n")}\n`);
      const known = keysFor(parseKnownHosts(lines.join("\n"), "f"), [wanted]);
      const ours = [...known.pinned.map((key) => key.where), ...known.authorities].map((where) =>
        Number(where.slice(2)),
      );
      expect(ours.sort()).toEqual(keygen(file, wanted));
    }),
    { numRuns: 150 },
  );
});

function keygen(file: string, name: string): readonly number[] {
  try {
    const out = execFileSync("ssh-keygen", ["-F", name, "-f", file], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [...out.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1])).sort();
  } catch {
    return [];
  }
}

describe("files", () => {
  test("several are one after the other, one that is not there is empty, a change is seen", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    writeFileSync(one, `web ${a}\n`);
    writeFileSync(two, `web ${b}\n`);
    const read = async () => (await readKnownHosts([one, join(folder, "none"), two])).map((line) => line.where);
    expect(await read()).toEqual([`${one}:1`, `${two}:1`]);
    writeFileSync(one, `web ${a}\nweb ${c}\n`);
    expect(await read()).toEqual([`${one}:1`, `${one}:2`, `${two}:1`]);
  });

  test("S2: one that cannot be read is refused, and not taken for empty (cell 18)", async () => {
    await expect(readKnownHosts([folder])).rejects.toMatchObject({ code: "refused" });
  });
});
