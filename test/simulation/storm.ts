import { play } from "./episode.ts";
import { scheduleOf } from "./schedule.ts";

const args = new Map<string, string>();
for (let at = 2; at < process.argv.length; at += 1) {
  const key = process.argv[at] ?? "";
  const value = process.argv[at + 1];
  if (value === undefined || value.startsWith("--")) args.set(key, "");
  else {
    args.set(key, value);
    at += 1;
  }
}
const seed = args.get("--seed");
const from = Number(seed ?? args.get("--from") ?? 1);
const count = seed === undefined ? Number(args.get("--schedules") ?? 1000) : 1;
const started = performance.now();
let events = 0;
const violations = new Map<string, number[]>();
const outcomes = new Map<string, number>();
const injected = new Map<string, number>();
for (let at = from; at < from + count; at += 1) {
  const episode = await play(scheduleOf(at));
  events += episode.events;
  for (const [kind, times] of episode.injected) injected.set(kind, (injected.get(kind) ?? 0) + times);
  for (const one of episode.outcomes) outcomes.set(one, (outcomes.get(one) ?? 0) + 1);
  if (seed !== undefined) {
    console.log(JSON.stringify(scheduleOf(at)));
    console.log(episode.transcript.join("\n"));
    console.log(episode.hash, episode.outcomes.join(" "));
  }
  if (episode.violation !== undefined) {
    const { invariant, text } = episode.violation;
    const known = violations.get(invariant) ?? [];
    if (known.length === 0) console.log(`seed ${at}: ${invariant}: ${text}`);
    violations.set(invariant, [...known, at]);
    process.exitCode = 1;
    if (args.has("--stop")) break;
  }
}
const took = (performance.now() - started) / 1000;
console.log(`${count} schedules, ${events} events, ${(count / took).toFixed(0)} schedules/s`);
console.log("injected", Object.fromEntries(injected));
console.log("outcomes", Object.fromEntries(outcomes));
for (const [invariant, seeds] of violations) console.log(invariant, seeds.length, seeds.slice(0, 12).join(" "));
