/** How a command ends. Each number means one thing; DESIGN's table of exit codes. */
export const exits = {
  done: 0,
  bug: 1,
  usage: 2,
  "rolled-back": 3,
  stuck: 4,
  locked: 5,
  refused: 6,
  unreachable: 7,
  held: 8,
  failing: 9,
  interrupted: 130,
} as const;

export type Outcome = keyof typeof exits;

/** An end that was expected: `message` says what is so, `hint` what to do next, `details` a line each. */
export class ShipError extends Error {
  readonly code: Outcome;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(
    code: Outcome,
    message: string,
    more: { hint?: string; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "ShipError";
    this.code = code;
    this.hint = more.hint;
    this.details = more.details ?? [];
  }
}
