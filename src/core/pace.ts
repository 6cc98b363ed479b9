/** What people may set of a rollout while it runs: hosts in hand at once, hosts started a minute, bytes a second of all uploads. */
export const ownRates = ["width", "hosts_per_minute", "bandwidth"] as const;

export type OwnRate = (typeof ownRates)[number];

/** One of them as it was set. `most`: undefined for what the config says; a 0 stops the rollout, and `most` is for when it goes on. */
export type Pace = { readonly rate: OwnRate; readonly most: number | undefined; readonly isStopped: boolean };

/** Each rate at most once; the one that was set last comes last. */
export type Paces = readonly Pace[];

/** With the rate set to a whole number; 0 stops. */
export function withPace(paces: Paces, rate: OwnRate, value: number): Paces {
  const others = paces.filter((pace) => pace.rate !== rate);
  const most = value === 0 ? mostOf(paces, rate) : value;
  return [...others, { rate, most, isStopped: value === 0 }];
}

export function amountOf({ most, isStopped }: Pace): number {
  return isStopped ? 0 : (most ?? 0);
}

/** undefined where only the config says it. */
export function mostOf(paces: Paces, rate: OwnRate): number | undefined {
  return paces.find((pace) => pace.rate === rate)?.most;
}

export function stopOf(paces: Paces): Pace | undefined {
  return paces.find(({ isStopped }) => isStopped);
}

/** As they were before they were stopped. */
export function unstopped(paces: Paces): Paces {
  return paces.flatMap((pace) => (pace.most === undefined ? [] : [{ ...pace, isStopped: false }]));
}

/** `ship.width 3, ship.bandwidth 200KB/s`: as they are set. */
export function pacesSaid(paces: Paces): string {
  return paces.map((pace) => amountSaid(`ship.${pace.rate}`, amountOf(pace))).join(", ");
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

/** `width=3,bandwidth=0/204800`: one that is stopped has what it was before behind the stroke. */
export function pacesText(paces: Paces): string {
  return paces.map(({ rate, most, isStopped }) => `${rate}=${isStopped ? "0/" : ""}${most ?? ""}`).join(",");
}

/** What is none is left out: a host is not trusted to hold what was sent. */
export function readPaces(text: string): Paces {
  return text.split(",").flatMap((one) => {
    const [, name, stop, most] = /^(\w+)=(0\/)?([1-9]\d{0,14})?$/.exec(one) ?? [];
    const rate = ownRates.find((known) => known === name);
    if (rate === undefined || (stop === undefined && most === undefined)) return [];
    return [{ rate, most: most === undefined ? undefined : Number(most), isStopped: stop !== undefined }];
  });
}
