import type { Delivery } from "../core/delivery.ts";
import { bytes } from "../core/words.ts";
import { plural } from "./safe.ts";

/** `12 MB each: sent from here to 3 hosts, passed on to 97`. */
export function deliveryText({ size, here, fetched, passed, there }: Delivery): string {
  const ways = [
    here > 0 ? `sent from here to ${plural(here, "host")}` : "",
    fetched > 0 ? `fetched by ${plural(fetched, "host")}` : "",
    passed > 0 ? `passed on to ${passed}` : "",
    there > 0 ? `there already on ${plural(there, "host")}` : "",
  ].filter((text) => text !== "");
  return `${bytes(size)} each: ${ways.join(", ")}`;
}
