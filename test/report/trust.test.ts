import { expect, test } from "vitest";
import { firstContactText, type Shown } from "../../src/report/trust.ts";

const one: Shown = {
  host: "api-01",
  jump: false,
  type: "ssh-ed25519",
  fingerprint: "SHA256:aaa",
  file: "/h/.ssh/known",
};

test("keys stand with their hosts, those that show the same one in one line, jump hosts named as such", () => {
  const shown = [one, { ...one, host: "api-02" }, { ...one, host: "gate", jump: true }];
  const other = { ...one, host: "db", type: "ecdsa-sha2-nistp256", fingerprint: "SHA256:bbb" };
  expect(firstContactText([...shown, other], false)).toMatchInlineSnapshot(`
    "3 host keys not known yet:
      api-[01-02]  ssh-ed25519 SHA256:aaa (2 hosts, one key)
      jump host gate  ssh-ed25519 SHA256:aaa
      db  ecdsa-sha2-nistp256 SHA256:bbb
    Anybody between here and there could have shown these. Compare them with what the hosts say on their own consoles:
      ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
      ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub
    Those that you trust are written to /h/.ssh/known.
    "
  `);
});

test("what a host or a config says steers no terminal", () => {
  const text = firstContactText([{ ...one, host: "a\u001b[2J", type: "ssh-\u202e", file: "/h\n##[group]" }], false);
  expect(text).not.toMatch(/[\u001b\u202e]|##\[/);
});
