/** The options that `ssh -G` prints for one host: a keyword in lower case, a space, a value; some keywords come again. */
export type Options = {
  /** Every keyword that was printed. */
  readonly keywords: readonly string[];
  one(keyword: string): string | undefined;
  all(keyword: string): readonly string[];
  /** A list of files in one value. */
  files(keyword: string): readonly string[];
};

/** Where a folder that ssh took for the user's home lies in truth. */
export type Moved = { readonly from: string; readonly to: string };

/** Reads what `ssh -G` printed. */
export function readOptions(text: string, moved: Moved | undefined): Options {
  const options = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, keyword, value] = /^(\S+) (.+?)\r?$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    options.set(keyword.toLowerCase(), [...(options.get(keyword.toLowerCase()) ?? []), value]);
  }
  const all = (keyword: string) => options.get(keyword) ?? [];
  return {
    keywords: [...options.keys()],
    all,
    one: (keyword) => all(keyword)[0],
    files: (keyword) =>
      all(keyword)
        .flatMap(splitFiles)
        .map((file) => atHome(file, moved)),
  };
}

export type PathWords = {
  readonly home: string;
  /** The host's address, port, and the login there. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The host as it was asked for, and the login here. */
  readonly name: string;
  readonly localUser: string;
};

/** A path of ssh_config with `~`, `${NAME}` and the tokens of ssh_config(5) filled in; what is unknown stays. */
export function expandPath(path: string, words: PathWords): string {
  const tokens: Readonly<Record<string, string>> = {
    "%%": "%",
    "%d": words.home,
    "%h": words.address,
    "%n": words.name,
    "%p": String(words.port),
    "%r": words.user,
    "%u": words.localUser,
  };
  return path
    .replace(/^~(?=\/|$)/, () => words.home)
    .replace(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole)
    .replace(/%./g, (token) => tokens[token] ?? token);
}

/** Paths are printed without quotes, so a space parts two of them only where the next one begins like a path. */
function splitFiles(value: string): readonly string[] {
  return value.split(/ +(?=[/~%])/).filter((file) => file !== "none");
}

function atHome(file: string, moved: Moved | undefined): string {
  return moved !== undefined && file.startsWith(`${moved.from}/`) ? moved.to + file.slice(moved.from.length) : file;
}
