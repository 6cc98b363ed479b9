import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../src/core/event.ts";
import type { Judgement } from "../../src/core/judge.ts";
import { type Component, type EvidenceFleet, openEvidenceFleet } from "./evidence-fleet.ts";
import { openPage, type Page } from "./evidence-page.ts";
import { freePort, hasOpenSsh } from "./openssh-server.ts";
import { hasPrometheus, openPrometheus, type Prometheus } from "./prometheus-server.ts";
import { type Ended, is, said } from "./ship.ts";

/**
 * Ways to have no evidence of one kind. By what the metric is called: where its number should come from, the condition,
 * which the number would meet if it were taken for one, and why there is none.
 */
type Row = { readonly cause: Judgement["causes"][number]["cause"]; readonly of: Readonly<Record<string, Missing>> };
type Missing = { readonly from: unknown; readonly assert?: string; readonly detail: RegExp };

const query = (text: string) => ({ from: "prometheus", query: text });
const prints = (text: string) => ({ from: "exec", run: `printf '${text}\\n'` });
const twice = ["a", "b"].map((from) => `label_replace(vector(1), "from", "${from}", "", "")`).join(" or ");
/** A service without a request: its counters stand still. */
const idle = 'all 7\nbad 0\nseconds_bucket{le="0.05"} 7\nseconds_bucket{le="+Inf"} 7';

const standing: Readonly<Record<string, Row>> = {
  "not-a-number": {
    cause: "nan",
    of: {
      divided: { from: query("vector(0) / 0"), detail: /is not a number/ },
      unequal: { from: query("vector(0) / 0"), assert: "unequal != 7", detail: /is not a number/ },
      printed: { from: prints("NaN"), detail: /is not a number/ },
    },
  },
  "nothing-found": {
    cause: "no-data",
    of: {
      queried: { from: query("nothing_of_this_name"), detail: /the query gives no series/ },
      shaped: { from: { from: "prometheus", gauge: "nothing_like_it" }, detail: /has no series nothing_like_it/ },
      printed: { from: prints(""), detail: /printed nothing/ },
    },
  },
  infinite: {
    cause: "non-finite",
    of: {
      above: { from: query("vector(1) / 0"), assert: "above > 0.9", detail: /is infinite/ },
      below: { from: query("vector(-1) / 0"), detail: /is infinite/ },
      printed: { from: prints("+Inf"), assert: "printed > 0.9", detail: /is infinite/ },
    },
  },
  "several-series": {
    cause: "several-series",
    of: {
      queried: { from: query(twice), detail: /gives 2 series/ },
      printed: {
        from: { ...prints('n{q="a"} 1\nn{q="b"} 1'), gauge: "n" },
        detail: /2 series where one was asked for/,
      },
    },
  },
  "too-few-events": {
    cause: "too-few",
    of: {
      errors: { from: { ...prints(idle), ratio: { bad: "bad", all: "all" } }, detail: /no events/ },
      p99: { from: { ...prints(idle), quantile: 0.99, of: "seconds" }, detail: /no events/ },
    },
  },
};

describe.runIf(hasOpenSsh() && hasPrometheus)("without evidence", { timeout: 120_000 }, () => {
  let fleet: EvidenceFleet;
  let prometheus: Prometheus;
  const pages: Page[] = [];

  beforeAll(async () => {
    fleet = await openEvidenceFleet();
    prometheus = await openPrometheus([]);
    const components = Object.entries(standing).map(([name, row]) => [name, componentOf(row)]);
    fleet.configure("ship.config.yaml", {
      prometheus: { url: prometheus.url, instance: "{host}" },
      components: Object.fromEntries(components),
    });
  });
  afterAll(async () => {
    await fleet?.close();
    await prometheus?.close();
    await Promise.all(pages.map((page) => page.close()));
  });

  const deploy = (component: string, ...more: string[]) =>
    fleet.place.ship(["-c", component, "--version", "v1", "--json", ...more]);

  test.concurrent.each(Object.entries(standing))("%s: the rollout stands still", async (name, row) => {
    held(await deploy(name), name, row);
  });

  /** Stands still in the first stage, for these reasons and no other; the hosts that were changed are left as they are. */
  function held(ended: Ended, component: string, { cause, of }: Row): void {
    expect(ended.exit, said(ended)).toBe(8);
    const held = ended.events.filter(isHeld);
    expect(held.map(({ stage, reason }) => [stage, reason])).toEqual([["first", "no-evidence"]]);
    const open = held.flatMap(({ judgements }) => judgements.filter(({ verdict }) => verdict !== "pass"));
    const wanted = Object.entries(of).map(([name, { assert = usual(name), detail }]) => {
      const causes = [{ cause, detail: expect.stringMatching(detail) }];
      return { assertion: assert, verdict: "undecided", causes };
    });
    expect(open).toMatchObject(wanted);
    expect(started(ended)).toEqual(["first"]);
    expect(ended.events.some(is("host.reverted"))).toBe(false);
    expect(fleet.running(component)).toEqual(["h01 v1", "h02 -", "h03 -"]);
  }
});

function usual(metric: string): string {
  return `${metric} < 10`;
}

function componentOf({ of }: Row): Component {
  const all = Object.entries(of);
  return {
    metrics: Object.fromEntries(all.map(([name, { from }]) => [name, from])),
    assertions: all.map(([name, { assert = usual(name) }]) => assert),
  };
}

type Held = Extract<Event, { readonly type: "stage.held" }>;

function isHeld(event: Event): event is Event & Held {
  return event.type === "stage.held";
}

function started({ events }: Ended): readonly string[] {
  return events.flatMap((event) => (event.type === "stage.started" ? [event.stage] : []));
}
