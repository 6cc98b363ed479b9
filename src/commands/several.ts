import type { Component } from "../core/component.ts";
import { ShipError } from "../core/error.ts";

/** What a server says of the past, or is to watch, it says of one service: of several, each is asked for by its own name. */
export function refuseSeveral({ name, parts }: Component): void {
  if (parts === undefined) return;
  const services = parts.map((part) => part.name);
  throw new ShipError("usage", `${name} is judged by the assertions of ${services.join(" and ")}.`, {
    hint: `Ask of one of them: -c ${services.join(", -c ")}.`,
  });
}
