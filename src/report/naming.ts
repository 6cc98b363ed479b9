import { versionOf } from "../core/release.ts";
import { safe } from "./safe.ts";

/** A release as people call it: by its version; `nothing` for the empty name. */
export function releaseText(release: string): string {
  if (release === "") return "nothing";
  return safe(versionOf(release) ?? release, 80);
}

/** `v407 → v408`; with the whole names where the version alone would hide the difference. */
export function moveText(from: string | undefined, to: string): string {
  if (from === undefined) return `to ${releaseText(to)}`;
  if (from === to) return `${releaseText(to)} again`;
  const same = releaseText(from) === releaseText(to);
  return same ? `${safe(from, 80)} → ${safe(to, 80)}` : `${releaseText(from)} → ${releaseText(to)}`;
}

/** Wall time here, HH:MM:SS; dashes where the time does not parse. */
export function clock(time: string | number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "--:--:--";
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The day and the minute here: `2026-11-21 22:30`. */
export function dayAndTime(time: string | number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "----------";
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${day.join("-")} ${clock(time).slice(0, 5)}`;
}
