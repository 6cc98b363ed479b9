/** Whose number: the changed hosts together, each changed host alone, the hosts not changed yet, or all. */
export type Scope = "changed" | "each" | "baseline" | "fleet";

export type Term =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "metric"; readonly scope: Scope; readonly name: string }
  | { readonly type: "negate"; readonly of: Term }
  | { readonly type: "arithmetic"; readonly op: "+" | "-" | "*" | "/"; readonly left: Term; readonly right: Term }
  | { readonly type: "call"; readonly name: "min" | "max" | "abs"; readonly arguments: readonly Term[] };

export type Condition =
  | {
      readonly type: "compare";
      readonly op: "<" | "<=" | ">" | ">=" | "==" | "!=";
      readonly left: Term;
      readonly right: Term;
    }
  | { readonly type: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly type: "not"; readonly of: Condition };
