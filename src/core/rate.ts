/** A runtime rate as the config declares it: a number of times a second, within bounds. */
export type RatePolicy = {
  readonly name: string;
  readonly component: string;
  /** What an application takes where nothing was set. */
  readonly default: number;
  readonly min: number;
  readonly max: number;
};

/** Why the number cannot be set; undefined where it can. */
export function outOfBounds({ name, min, max }: RatePolicy, rate: number): string | undefined {
  if (rate >= min && rate <= max) return undefined;
  return Number.isFinite(max) ? `${name} takes ${min} to ${max}` : `${name} takes ${min} or more`;
}
