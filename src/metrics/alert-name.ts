const words: Readonly<Record<string, string>> = {
  "<": "below",
  "<=": "at most",
  ">": "above",
  ">=": "at least",
  "==": "is",
  "!=": "is not",
  "&&": "and",
  "||": "or",
  "!": "not",
  "+": "plus",
  "-": "minus",
  "*": "times",
  "/": "over",
};

/** `p99_latency < 50` of api → `ApiP99LatencyBelow50Violated`: letters, digits and _; another number where it is taken. */
export function alertName(component: string, assertion: string, taken: ReadonlySet<string>): string {
  const spelled = assertion.replace(/[<>=!]=|&&|\|\||[<>!+*/-]/g, (sign) => ` ${words[sign] ?? ""} `);
  const parts =
    `${component} ${spelled} violated`.replace(/(\d)\.(\d)/g, "$1_$2").match(/\d+(?:_\d+)*|[a-zA-Z0-9]+/g) ?? [];
  const name = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  const proper = /^\d/.test(name) ? `Ship${name}` : name;
  let free = proper;
  for (let count = 2; taken.has(free); count += 1) free = `${proper}${count}`;
  return free;
}
