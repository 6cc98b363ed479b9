import { ownOf } from "./json.ts";
import type { Compiler, Operator, Rule } from "./rule.ts";

export const lookup: Readonly<Record<string, Operator>> = {
  var: variable,
  missing: (args, { compile }) => {
    const names = args.map(compile);
    return (data) =>
      lacking(
        names.flatMap((name) => name(data)),
        data,
      );
  },
  missing_some: (args, { compile }) => {
    const [least, names] = [compile(args[0]), compile(args[1])];
    return (data) => {
      const wanted = [names(data)].flat();
      const absent = lacking(wanted, data);
      return wanted.length - absent.length >= Number(least(data)) ? [] : absent;
    };
  },
};

/** `{"var": "user.name"}`, or with a value for when it is not there: `{"var": ["user.name", "nobody"]}`. */
function variable(args: readonly unknown[], compiler: Compiler): Rule {
  const found = finder(args[0], compiler);
  if (args.length < 2) return (data) => found(data) ?? null;
  const otherwise = compiler.compile(args[1]);
  return (data) => found(data) ?? otherwise(data);
}

function finder(path: unknown, { key, seconds, compile }: Compiler): Rule {
  if (path === "$flagd.flagKey") return () => key;
  if (path === "$flagd.timestamp") return seconds;
  if (typeof path === "object" && path !== null) {
    const told = compile(path);
    return (data) => at(data, stepsOf(told(data)));
  }
  const steps = stepsOf(path);
  const [only] = steps;
  return only !== undefined && steps.length === 1 ? (data) => ownOf(data, only) : (data) => at(data, steps);
}

function stepsOf(path: unknown): readonly string[] {
  return path === null || path === undefined || path === "" ? [] : String(path).split(".");
}

function at(data: unknown, steps: readonly string[]): unknown {
  return steps.reduce(ownOf, data);
}

function lacking(names: readonly unknown[], data: unknown): readonly unknown[] {
  return names.filter((name) => {
    const value = at(data, stepsOf(name));
    return value === undefined || value === null || value === "";
  });
}
