import { enumerate } from "./enumerate.ts";
import { scenarios } from "./kill-scenarios.ts";

/** Kills a run at every one of its awaits; `--unshared` makes a run for each, `--only TEXT` takes the scenarios with it. */
const unshared = process.argv.includes("--unshared");
const only = process.argv[process.argv.indexOf("--only") + 1] ?? "";
let awaits = 0;
let tried = 0;
let complaints = 0;
for (const scenario of scenarios.filter(({ name }) => !process.argv.includes("--only") || name.includes(only))) {
  const began = performance.now();
  const found = await enumerate(scenario, { unshared });
  awaits += found.awaits;
  tried += found.tried;
  complaints += found.complaints.length;
  const took = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${scenario.name}: ${found.awaits} awaits, ${2 * found.awaits} points, ${found.tried} worlds, ${took} s`);
  for (const text of found.complaints) console.log(`  ${text}`);
}
console.log(
  `${awaits} awaits, killed before and after each: ${2 * awaits} points in ${tried} different worlds, each run again at once and after the leases; ${complaints} not as undisturbed`,
);
process.exitCode = complaints === 0 ? 0 : 1;
