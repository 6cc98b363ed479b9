import type { Judgement } from "../../src/core/judge.ts";
import type { Component } from "./evidence-fleet.ts";

/**
 * Ways to have no evidence of one kind, by what the metric is called. They are asserted in one rollout, and each has to
 * stay undecided on its own account.
 */
export type Row = {
  readonly cause: Judgement["causes"][number]["cause"];
  /** The fault of the matrix that it is. */
  readonly cell: number;
  readonly of: Readonly<Record<string, Missing>>;
  /** The Prometheus that is asked; left out: the one that runs. */
  readonly server?: "down" | "silent";
};

/** Where a number should come from, the condition, which it would meet if it were taken for one, and why there is none. */
type Missing = { readonly from: unknown; readonly assert?: string; readonly detail: RegExp };

const query = (text: string) => ({ from: "prometheus", query: text });
const prints = (text: string) => ({ from: "exec", run: `printf '${text}\\n'` });
const twice = ["a", "b"].map((from) => `label_replace(vector(1), "from", "${from}", "", "")`).join(" or ");
/** Its counters stand still. */
const idle = 'all 7\nbad 0\nseconds_bucket{le="0.05"} 7\nseconds_bucket{le="+Inf"} 7';
/** One event a second, and none of them bad. */
const slow = { from: "exec", run: `printf 'all %s\\nbad 0\\n' "$(cut -d. -f1 /proc/uptime)"` };
/** Nobody listens there. */
export const nowhere = "http://127.0.0.1:2/";

/** What never gives a number. */
export const standing: Readonly<Record<string, Row>> = {
  "not-a-number": {
    cause: "nan",
    cell: 69,
    of: {
      divided: { from: query("vector(0) / 0"), detail: /^is not a number/ },
      unequal: { from: query("vector(0) / 0"), assert: "unequal != 7", detail: /^is not a number/ },
      printed: { from: prints("NaN"), detail: /^is not a number/ },
    },
  },
  "nothing-found": {
    cause: "no-data",
    cell: 69,
    of: {
      queried: { from: query("nothing_of_this_name"), detail: /^the query gives no series/ },
      shaped: {
        from: { from: "prometheus", gauge: "nothing_like_it" },
        detail: /^Prometheus has no series nothing_like_it/,
      },
      printed: { from: prints(""), detail: /^the program printed nothing/ },
    },
  },
  infinite: {
    cause: "non-finite",
    cell: 69,
    of: {
      above: { from: query("vector(1) / 0"), assert: "above > 0.9", detail: /^is infinite/ },
      below: { from: query("vector(-1) / 0"), detail: /^is infinite/ },
      printed: { from: prints("+Inf"), assert: "printed > 0.9", detail: /^is infinite/ },
    },
  },
  "several-series": {
    cause: "several-series",
    cell: 69,
    of: {
      queried: { from: query(twice), detail: /^the query gives 2 series/ },
      printed: {
        from: { ...prints('n{q="a"} 1\nn{q="b"} 1'), gauge: "n" },
        detail: /^2 series where one was asked for/,
      },
    },
  },
  "too-few-events": {
    cause: "too-few",
    cell: 71,
    of: {
      errors: { from: { ...slow, ratio: { bad: "bad", all: "all" } }, detail: /^\d+ of the 100 events/ },
      idle: { from: { ...prints(idle), ratio: { bad: "bad", all: "all" } }, detail: /^no events were counted/ },
      p99: { from: { ...prints(idle), quantile: 0.99, of: "seconds" }, detail: /^no events were counted/ },
    },
  },
  "nobody-there": {
    cause: "provider-error",
    cell: 72,
    of: {
      page: { from: { from: "exposition", url: nowhere, gauge: "n" }, detail: /^nothing answers at/ },
      document: { from: { from: "http", url: nowhere, where: "here", gauge: "n" }, detail: /127.0.0.1:2/ },
      program: { from: { from: "exec", run: "exit 3" }, detail: /^the program exited with 3/ },
      every: {
        from: [
          { from: "exposition", url: nowhere, gauge: "n" },
          { from: "exec", run: "exit 4", gauge: "n" },
        ],
        detail: /^nothing answers at.*exec exit 4: the program exited with 4/,
      },
    },
  },
  "prometheus-down": {
    cause: "provider-error",
    cell: 67,
    server: "down",
    of: {
      queried: { from: query("vector(1)"), detail: /^Prometheus cannot be reached/ },
      shaped: { from: { from: "prometheus", gauge: "n" }, detail: /^Prometheus cannot be reached/ },
    },
  },
  "prometheus-silent": {
    cause: "provider-error",
    cell: 68,
    server: "silent",
    of: { queried: { from: query("vector(1)"), detail: /within|time/ } },
  },
};

/** The condition on a metric that says no other. */
export function usual(metric: string): string {
  return `${metric} < 10`;
}

export function componentOf({ of }: Row): Component {
  const all = Object.entries(of);
  return {
    metrics: Object.fromEntries(all.map(([name, { from }]) => [name, from])),
    assertions: all.map(([name, { assert = usual(name) }]) => assert),
  };
}
