import type { Hosts } from "../core/host.ts";

type Opened = { readonly hosts: Hosts; readonly close: () => Promise<void> };

/**
 * Hosts whose way is opened by the first order to one of them: what asks no host loads no SSH. Where the way cannot be
 * opened, that order rejects, and so does each later one.
 */
export function lazyHosts(open: () => Promise<Opened>): Opened {
  let opening: Promise<Opened> | undefined;
  const opened = () => {
    opening ??= open();
    return opening;
  };
  return {
    hosts: {
      perform: async (host, place, operation) => (await opened()).hosts.perform(host, place, operation),
    },
    close: async () => {
      // What could not be opened has been told by the order that opened it.
      const way = await opening?.catch(() => undefined);
      await way?.close();
    },
  };
}
