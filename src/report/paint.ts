import { Chalk } from "chalk";

export type Brush = (text: string) => string;
export type Tone = "good" | "bad" | "warn" | "quiet" | "strong" | "plain";
export type Paint = Readonly<Record<Tone, Brush>>;

/** Colours by meaning; without colour the words alone must do, and they do. */
export function paint(color: boolean): Paint {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return {
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    quiet: chalk.dim,
    strong: chalk.bold,
    plain: (text) => text,
  };
}
