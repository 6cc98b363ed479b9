import { describe, expect, test } from "vitest";
import { lastWords, refusal } from "../../src/ssh/openssh/refusal.ts";
import type { Target } from "../../src/ssh/target.ts";
import { makeKeyPair, pin } from "./keys.ts";

/** What `ssh -v` says besides, before and between the lines that matter. */
const chatter = "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19\r\ndebug1: Reading configuration data /etc/ssh/ssh_config\r\n";
const shown = "debug1: Server host key: ssh-ed25519 SHA256:Onewx25NqV95cbhk3m7FuNAefGH2vOLZ0HdSvf/uskY\r\n";

/** What ssh 9.2 says under CheckHostIP of a key that is the name's own, where its address is known by another. */
const otherAddress = `Warning: the ED25519 host key for 'api' differs from the key for the IP address '10.0.0.5'\r
Offending key for IP in known_hosts:2\r
Matching host key in known_hosts:1\r
Exiting, you have requested strict checking.\r
Host key verification failed.`;
/** What it says before all else of a key that is another than the name's own. */
const spoofed = `@       WARNING: POSSIBLE DNS SPOOFING DETECTED!          @\r
The ED25519 host key for api has changed,\r
and the key for the corresponding IP address 10.0.0.5\r
is unchanged. This could either mean that\r
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
Host key for api has changed and you have requested strict checking.\r
Host key verification failed.\r
`;

const target: Target = {
  ...{ name: "api", address: "10.0.0.5", port: 22, user: "deploy", keys: [], agent: undefined, agentKeys: undefined },
  ...{ pinned: [], authorities: [], knownHosts: ["known_hosts"], notes: [] },
  system: { way: ["--", "api"], why: "CertificateFile" },
};
const behind: Target = { ...target, via: { type: "jump", target: { ...target, name: "bastion" } } };

describe("what ssh says, in plain words", () => {
  const at = "10.0.0.5:22: ";
  const rows: readonly [string, string, string][] = [
    [
      "ssh: connect to host api port 22: Connection refused",
      "unreachable",
      `${at}nothing listens there (connection refused)`,
    ],
    ["ssh: connect to host api port 22: No route to host", "unreachable", `${at}no route to the host`],
    [
      "ssh: Could not resolve hostname api: Name or service not known",
      "unreachable",
      `${at}its name is not known (DNS)`,
    ],
    ["ssh: connect to host api port 22: Connection timed out", "unreachable", `${at}no answer`],
    [
      "Bad owner or permissions on /home/me/.ssh/config",
      "unreachable",
      `${at}Bad owner or permissions on /home/me/.ssh/config`,
    ],
    ["", "unreachable", `${at}the system's ssh ended without a word`],
    [
      `${shown}deploy@api: Permission denied (publickey).`,
      "auth",
      "deploy@10.0.0.5:22 does not let us in (tried 0 key files and no agent; by the system's ssh for CertificateFile; deploy@api: Permission denied (publickey).)",
    ],
    [
      `${shown}Host key verification failed.`,
      "host-key",
      "no host key is known for api in known_hosts; it shows ssh-ed25519 SHA256:",
    ],
    [
      `${shown}Certificate invalid: expired\r\nHost key verification failed.`,
      "host-key",
      "the host certificate of api does not stand: Certificate invalid: expired",
    ],
    [
      `${shown}Host key ED25519 SHA256:One revoked by file /etc/ssh/revoked\r\nHost key verification failed.`,
      "host-key",
      "ssh's config does not allow the host key of api: Host key ED25519 SHA256:One revoked by file /etc/ssh/revoked",
    ],
    [
      `${shown}${otherAddress}`,
      "host-key",
      "ssh's config does not allow the host key of api: Warning: the ED25519 host key for 'api' differs from the key for the IP address '10.0.0.5'",
    ],
    [
      "Bad server host key: Invalid key length",
      "host-key",
      "ssh's config does not allow the host key of api: Bad server host key: Invalid key length",
    ],
    [
      "Unable to negotiate with 10.0.0.5 port 22: no matching host key type found. Their offer: ssh-rsa",
      "host-key",
      "api shows no host key",
    ],
  ];
  test.each(rows)("%s", (line, cause, reason) => {
    const failed = refusal(target, `${chatter}${line}\r\n`);
    expect(failed.cause).toBe(cause);
    expect(failed.reason.startsWith(reason)).toBe(true);
    expect(failed.again).toBe(false);
  });
});

test("a key that has changed is shown beside the known one, whatever ssh says of the address", () => {
  const known = { ...pin(makeKeyPair().public), where: "known_hosts:1" };
  const { cause, reason } = refusal({ ...target, pinned: [known] }, chatter + shown + spoofed);
  expect(cause).toBe("host-key");
  expect(reason).toMatch(
    /has changed: known is ssh-ed25519 SHA256:\S+ at known_hosts:1, shown is ssh-ed25519 SHA256:One/,
  );
  expect(reason).toContain("ssh-keygen -R 'api' -f known_hosts");
});

test("a jump host's address that is known by another key is a matter of host keys", () => {
  expect(refusal(behind, chatter + otherAddress)).toEqual({
    cause: "host-key",
    reason:
      "the jump host bastion: Warning: the ED25519 host key for 'api' differs from the key for the IP address '10.0.0.5'",
    again: false,
  });
});

test("only a server that hung up before it said a word is asked again (pitfall 13)", () => {
  const hung =
    "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.5 port 22\r\n";
  expect(refusal(target, chatter + hung).again).toBe(true);
  expect(refusal(behind, chatter + hung).again).toBe(true);
  expect(refusal(behind, `${chatter}me@bastion: Permission denied (publickey).\r\n${hung}`)).toEqual({
    cause: "auth",
    reason: "the jump host bastion: me@bastion: Permission denied (publickey).",
    again: false,
  });
});

test("a connection that stood ends with ssh's last words", () => {
  const stood = `${chatter}${shown}Authenticated to api ([10.0.0.5]:22) using "publickey".\r\n`;
  expect(lastWords(stood)).toBeUndefined();
  expect(lastWords(`${stood}Timeout, server api not responding.\r\n`)).toBe("no sign of life in time");
  expect(lastWords(`${stood}client_loop: send disconnect: Broken pipe\r\n`)).toBe(
    "client_loop: send disconnect: Broken pipe",
  );
});
