/** What people may set of a rollout while it runs: hosts in hand at once, hosts started a minute, bytes a second of all uploads. */
export const ownRates = ["width", "hosts_per_minute", "bandwidth"] as const;

export type OwnRate = (typeof ownRates)[number];

/** One of them as it was set. A 0 stops the rollout; `before` is then what it was, for when it goes on: undefined for what the config says. */
export type Pace = { readonly rate: OwnRate; readonly value: number; readonly before: number | undefined };

/** Each rate at most once; the one that was set last comes last. */
export type Paces = readonly Pace[];

/** With the rate set to a whole number; 0 stops. */
export function withPace(paces: Paces, rate: OwnRate, value: number): Paces {
  const others = paces.filter((pace) => pace.rate !== rate);
  return [...others, { rate, value, before: value === 0 ? mostOf(paces, rate) : undefined }];
}

/** undefined where only the config says it. */
export function mostOf(paces: Paces, rate: OwnRate): number | undefined {
  const pace = paces.find((one) => one.rate === rate);
  return pace?.value === 0 ? pace.before : pace?.value;
}

export function stopOf(paces: Paces): Pace | undefined {
  return paces.find(({ value }) => value === 0);
}

/** As they were before they were stopped. */
export function unstopped(paces: Paces): Paces {
  return paces.flatMap(({ rate, value, before }) => {
    const most = value === 0 ? before : value;
    return most === undefined ? [] : [{ rate, value: most, before: undefined }];
  });
}

/** `ship.width 3, ship.bandwidth 200KB/s`: as they are set. */
export function pacesSaid(paces: Paces): string {
  return paces.map((pace) => amountSaid(`ship.${pace.rate}`, pace.value)).join(", ");
}

/** `ship.bandwidth 1.5MB/s`: with a unit where it has one; a KB has 1024 bytes. */
export function amountSaid(name: string, value: number): string {
  if (name !== "ship.bandwidth" || value === 0) return `${name} ${value}`;
  const kilobytes = value / 1024;
  return kilobytes < 1024 ? `${name} ${rounded(kilobytes)}KB/s` : `${name} ${rounded(kilobytes / 1024)}MB/s`;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

/** `width=3,bandwidth=0/204800`: what one was before it was stopped stands behind the stroke. */
export function pacesText(paces: Paces): string {
  return paces.map(({ rate, value, before }) => `${rate}=${value}${value === 0 ? `/${before ?? ""}` : ""}`).join(",");
}

/** What is none is left out: a host is not trusted to hold what was sent. */
export function readPaces(text: string): Paces {
  return text.split(",").flatMap((one) => {
    const [, name, value, before] = /^(\w+)=(?:([1-9]\d{0,14})|0\/([1-9]\d{0,14})?)$/.exec(one) ?? [];
    const rate = ownRates.find((known) => known === name);
    if (rate === undefined) return [];
    return [{ rate, value: Number(value ?? 0), before: before === undefined ? undefined : Number(before) }];
  });
}
