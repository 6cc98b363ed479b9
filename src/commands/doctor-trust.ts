import { ShipError } from "../core/error.ts";
import { type Host, serverOf } from "../core/fleet.ts";
import { firstContactText, type Shown } from "../report/trust.ts";
import { type Resolver, sshResolver } from "../ssh/lookup/config.ts";
import { slots } from "../ssh/pool/slots.ts";
import type { Target } from "../ssh/target.ts";
import { fingerprint, keyType } from "../ssh/trust/fingerprint.ts";
import { type Contact, type Contacts, firstContacts, firstUnknown } from "../ssh/trust/first-contact.ts";
import { remember } from "../ssh/trust/remember.ts";
import { ask } from "./confirm.ts";
import type { Opened, Session } from "./session.ts";

/** Hosts looked up at once: each may be a process here. */
const lookupsAtOnce = 8;

/** As while a host is inspected. */
const timing = { connectWithin: 10_000, keepalive: { every: 3000, times: 3 } };

/**
 * Shows the keys of hosts of which none is known, and writes those to known_hosts that a person says are right. Those of
 * jump hosts come first, as the way to the others leads through them. ShipError `usage` where there is nobody to ask.
 */
export async function trustHosts(session: Session, { config, targets }: Opened): Promise<void> {
  const { user, transport, concurrency } = config.ssh;
  if (transport === "sandbox") return;
  needPerson(session);
  const contacts = firstContacts(timing, concurrency);
  const hosts = [...targets.hosts.values()];
  const asked = new Set<string>();
  const settled = new Set<string>();
  try {
    for (;;) {
      const found = await lookUp(session, sshResolver({ user, transport }), hosts);
      const unknown = unknownOf(found, settled).filter(({ target }) => !asked.has(target.name));
      if (unknown.length === 0) return;
      for (const { target } of unknown) asked.add(target.name);
      await trust(session, await peekAll(session, { contacts, settled }, unknown));
    }
  } finally {
    await contacts.close();
  }
}

function needPerson(session: Session): void {
  const { env } = session.output;
  if (process.stdin.isTTY && session.view === "tty" && (env["CI"] ?? "") === "") return;
  throw new ShipError("usage", "--trust asks a person to compare fingerprints, and there is no terminal to ask on.", {
    hint: "Run it on a terminal, and take ~/.ssh/known_hosts to where ship runs; or write the hosts' keys there from a source that you trust.",
  });
}

type Found = { readonly host: string; readonly target: Target };

async function lookUp(session: Session, resolve: Resolver, hosts: readonly Host[]): Promise<readonly Found[]> {
  const places = slots(lookupsAtOnce);
  const never = new AbortController();
  const found = await Promise.all(
    hosts.map(async (host) => {
      const release = await places.take(never.signal);
      try {
        return [{ host: host.name, target: await resolve(serverOf(host)) }];
      } catch (error) {
        if (!(error instanceof ShipError)) throw error;
        session.tell({ type: "warned", text: `${host.name}: ${error.message}`, hint: error.hint });
        return [];
      } finally {
        release?.();
      }
    }),
  );
  return found.flat();
}

/** A host to be met, and the name that people know it by. */
type Stranger = { readonly target: Target; readonly host: string; readonly jump: boolean };

function unknownOf(found: readonly Found[], settled: ReadonlySet<string>): readonly Stranger[] {
  const strangers = new Map<string, Stranger>();
  for (const { host, target } of found) {
    const first = firstUnknown(target, settled);
    if (first === undefined || strangers.has(first.name)) continue;
    const jump = first !== target;
    strangers.set(first.name, { target: first, host: jump ? first.name : host, jump });
  }
  return [...strangers.values()];
}

type Met = Stranger & { readonly contact: Contact; readonly shown: Shown };

async function peekAll(
  session: Session,
  { contacts, settled }: { readonly contacts: Contacts; readonly settled: Set<string> },
  strangers: readonly Stranger[],
): Promise<readonly Met[]> {
  const met = await Promise.all(
    strangers.map(async (stranger) => {
      const contact = await contacts.peek(stranger.target);
      if (contact === undefined) {
        settled.add(stranger.target.name);
        return [];
      }
      if ("cause" in contact) {
        session.tell({ type: "warned", text: `${stranger.host}: ${contact.reason}`, hint: undefined });
        return [];
      }
      if (stranger.target.memory === undefined) {
        const text = `${stranger.host}: its host key is not known, and ssh's config names no known_hosts file of yours.`;
        session.tell({ type: "warned", text, hint: "Set UserKnownHostsFile for it in ~/.ssh/config." });
        return [];
      }
      return [{ ...stranger, contact, shown: shownOf(stranger, contact, stranger.target.memory.file) }];
    }),
  );
  return met.flat();
}

function shownOf({ host, jump }: Stranger, { key }: Contact, file: string): Shown {
  return { host, jump, type: keyType(key), fingerprint: fingerprint(key), file };
}

async function trust(session: Session, met: readonly Met[]): Promise<void> {
  if (met.length === 0) return;
  session.output.write(
    firstContactText(
      met.map(({ shown }) => shown),
      session.output.color,
    ),
  );
  const several = met.length === 1 ? "" : ", or each to be asked one by one";
  const answer = await ask(`Trust ${met.length === 1 ? "it" : "all of them"}? Type yes${several}: `);
  const trusted = answer === "yes" ? met : answer === "each" && met.length > 1 ? await eachOf(session, met) : [];
  await write(trusted);
  session.output.write(`${trusted.length} of ${met.length} written.\n\n`);
}

async function eachOf(session: Session, met: readonly Met[]): Promise<readonly Met[]> {
  const trusted: Met[] = [];
  for (const one of met) {
    session.output.write(firstContactText([one.shown], session.output.color));
    if ((await ask("Trust it? Type yes: ")) === "yes") trusted.push(one);
  }
  return trusted;
}

async function write(met: readonly Met[]): Promise<void> {
  const files = new Map<string, Met[]>();
  for (const one of met) {
    const file = JSON.stringify(one.target.memory);
    files.set(file, [...(files.get(file) ?? []), one]);
  }
  for (const group of files.values()) {
    const memory = group[0]?.target.memory;
    if (memory !== undefined)
      await remember(
        memory,
        group.map(({ contact }) => contact),
      );
  }
}
