export type OutputName = "tty" | "plain" | "github" | "json";

type Surroundings = {
  /** `--output`, when it was given. */
  readonly asked: OutputName | undefined;
  /** `--json`. */
  readonly json: boolean;
  readonly isTTY: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The view that fits: what was asked for wins. The live one needs a real terminal: CI systems give pseudo-terminals of
 * no width, in which it would print one character a line, and keep logs, in which each picture would stay.
 */
export function chooseOutput({ asked, json, isTTY, columns, env }: Surroundings): OutputName {
  if (json) return "json";
  if (asked !== undefined) return asked;
  if (isOn(env["GITHUB_ACTIONS"])) return "github";
  return isTTY && columns > 20 && !isOn(env["CI"]) && env["TERM"] !== "dumb" ? "tty" : "plain";
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
