import { closureSaid, readClosure } from "./sign.ts";
import { foldHosts, grouped } from "./words.ts";

/** What lies on a host as the sign of a lock by hand, raw; empty where there is none. */
export type Closed = { readonly host: string; readonly sign: string };

/** `api is locked by ada@desk since 2026-11-21T22:30:00Z: audit (on api-[01-40])`: each lock once, with its hosts. */
export function closedTexts(component: string, hosts: readonly Closed[]): readonly string[] {
  const found = hosts.flatMap(({ host, sign }) => {
    const closure = readClosure(sign);
    return closure === undefined ? [] : [{ host, text: closureSaid(closure) }];
  });
  return [...grouped(found, ({ text }) => text)].map(
    ([text, same]) => `${component} is locked ${text} (on ${foldHosts(same.map(({ host }) => host))})`,
  );
}

/** What is to be done about it. */
export function unlockHint(component: string): string {
  return `When that is over: ship unlock -c ${component}. A rollback needs no unlocking.`;
}
