import type { Finding, Path } from "./document.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `filled` is what came out of the environment, and where it stands; `findings` are the variables that are not set. */
export type Expanded = {
  readonly value: unknown;
  readonly filled: readonly { readonly path: Path; readonly value: string }[];
  readonly findings: readonly Finding[];
};

/**
 * Fills `${NAME}` and `${NAME:-default}` from the environment in every text below `path`. Commands are left alone: they
 * are shell programs, and `${NAME}` there is the shell's, on the host.
 */
export function expand(value: unknown, path: Path, env: Environment): Expanded {
  if (typeof value === "string") return isCommand(path) ? untouched(value) : expandText(value, path, env);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => expand(item, [...path, index], env));
    return joined(
      items,
      items.map((item) => item.value),
    );
  }
  if (typeof value !== "object" || value === null) return untouched(value);
  const entries = Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key], env)] as const);
  return joined(
    entries.map(([, item]) => item),
    Object.fromEntries(entries.map(([key, item]) => [key, item.value])),
  );
}

/** Does a text wait for the environment? */
export function isOpen(value: unknown): boolean {
  return typeof value === "string" && /\$\{/.test(value);
}

const commands = new Set<PropertyKey>(["activate", "deactivate", "undrain", "run"]);

function isCommand(path: Path): boolean {
  const key = path.at(-1);
  return key !== undefined && commands.has(key) && path.at(-2) !== "env";
}

function expandText(text: string, path: Path, env: Environment): Expanded {
  const filled: { path: Path; value: string }[] = [];
  const findings: Finding[] = [];
  const value = text.replaceAll(/\$\{[^}]*\}?/g, (written: string, offset: number) => {
    const looked = lookUp(written, env);
    if (looked.type === "problem") findings.push({ path, offset, ...looked });
    if (looked.type === "found" && looked.value !== "") filled.push({ path, value: looked.value });
    return looked.type === "problem" ? written : looked.value;
  });
  return { value, filled, findings };
}

type LookedUp =
  | { readonly type: "found" | "default"; readonly value: string }
  | { readonly type: "problem"; readonly message: string; readonly expected: string };

/** As a shell reads it: the default stands for a variable that is not set, or is empty. */
function lookUp(written: string, env: Environment): LookedUp {
  const [, name, fallback] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/s.exec(written) ?? [];
  if (name === undefined)
    return { type: "problem", message: `"${written}" cannot be read`, expected: `\${NAME} or \${NAME:-default}` };
  const found = env[name];
  if (found !== undefined && (found !== "" || fallback === undefined)) return { type: "found", value: found };
  if (fallback !== undefined) return { type: "default", value: fallback };
  const message = `"${name}" is not set in the environment`;
  return { type: "problem", message, expected: `it to be set, or a default: \${${name}:-…}` };
}

function untouched(value: unknown): Expanded {
  return { value, filled: [], findings: [] };
}

function joined(parts: readonly Expanded[], value: unknown): Expanded {
  return { value, filled: parts.flatMap((part) => part.filled), findings: parts.flatMap((part) => part.findings) };
}
