import type { Answer, Operation } from "../core/host.ts";
import { arm } from "./arm.ts";
import { beat } from "./beat.ts";
import { check } from "./check.ts";
import { close } from "./close.ts";
import { confirm } from "./confirm.ts";
import { direct } from "./direct.ts";
import { execute } from "./execute.ts";
import { fence } from "./fence.ts";
import { get } from "./get.ts";
import { inspect } from "./inspect.ts";
import { activate, drain, undrain } from "./job.ts";
import { observe } from "./observe.ts";
import { once } from "./once.ts";
import { passOn } from "./pass-on.ts";
import { place } from "./place.ts";
import { processes } from "./processes.ts";
import { prove } from "./prove.ts";
import { readFleet } from "./read-fleet.ts";
import { readPage } from "./read-page.ts";
import { rearm } from "./rearm.ts";
import { revert } from "./revert.ts";
import type { Asked, Site } from "./run.ts";
import { lock, steer } from "./steer.ts";
import { switchTo } from "./switch.ts";

/** What does each operation. One that is left out does not compile. */
export const operations: { readonly [T in Operation["type"]]: (site: Site, asked: Asked<T>) => Promise<Answer> } = {
  fence,
  place,
  once,
  arm,
  drain,
  switch: switchTo,
  activate,
  undrain,
  confirm,
  prove,
  direct,
  revert,
  close,
  observe,
  beat,
  steer,
  lock,
  "read-page": readPage,
  "read-fleet": readFleet,
  check,
  processes,
  get,
  execute,
  inspect,
  rearm,
  "pass-on": passOn,
};
