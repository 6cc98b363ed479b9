import { setTimeout as sleep } from "node:timers/promises";

/** Looks until it is so, every 20 ms; rejects with what was waited for when it is not so within `within` ms. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, within = 60_000): Promise<void> {
  const end = Date.now() + within;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`in ${within / 1000} s it did not come about that ${what}`);
    await sleep(20);
  }
}
