/**
 * The remote command line: a constant that means the same to sh, fish and csh (one line; no quote, backslash or `!` within).
 * It reads the program's length in bytes, then exactly so many, and runs them only when all came: a cut connection runs
 * nothing. It greets with an empty line, so that a login shell that hangs is told from a long program. `head -c` would read ahead in busybox and eat what follows; an old dd without fullblock fails before it reads.
 */
export const commandLine = [
  "exec sh -c 'LC_ALL=C; export LC_ALL; ",
  "echo; ",
  "IFS= read -r n || exit 97; ",
  'p=$(dd bs="$n" count=1 iflag=fullblock 2>/dev/null) || p=$(dd bs=1 count="$n" 2>/dev/null); ',
  `[ "\${#p}" -eq "$n" ] || exit 97; eval "$p"`,
  "'",
].join("");

/** The bytes of a program as `commandLine` reads them. The last line is one that `$(…)` does not shorten. */
export function programBytes(text: string): Uint8Array {
  const program = Buffer.from(`${text}\n:`);
  return Buffer.concat([Buffer.from(`${program.length}\n`), program]);
}

/** A shell word for any text without NUL, which no shell can hold; throws a RangeError for one with it. */
export function quote(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text for a host holds a NUL byte");
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Lines `name='value'`, the only way in which something variable gets into a program. */
export function assignments(words: Readonly<Record<string, string | number>>): string {
  return Object.entries(words)
    .map(([name, value]) => `${name}=${quote(String(value))}\n`)
    .join("");
}

/** What a program answered: fields, several of a key where it lists something, and bytes, with the code in the end marker. */
export type Frame = {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  readonly code: number;
};

/** Finds the answer between its markers, whatever login scripts printed around it; undefined when it is not all there. */
export function readFrame(stdout: Uint8Array, nonce: string): Frame | undefined {
  const bytes = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  const begin = `\nship ${nonce} begin\n`;
  const end = `\nship ${nonce} end `;
  const from = bytes.indexOf(begin);
  const to = bytes.lastIndexOf(end);
  if (from < 0 || to < from) return undefined;
  const code = /^(\d+)\n/.exec(bytes.subarray(to + end.length).toString("latin1"))?.[1];
  if (code === undefined) return undefined;
  return { ...readParts(bytes.subarray(from + begin.length - 1, to + 1)), code: Number(code) };
}

export function field(frame: Frame, key: string): string | undefined {
  return frame.fields.get(key)?.[0];
}

/** `bytes` start and end with a line feed; a line that is only `body` ends the fields. */
function readParts(bytes: Buffer): Pick<Frame, "fields" | "body"> {
  const mark = bytes.indexOf("\nbody\n");
  const head = (mark < 0 ? bytes : bytes.subarray(0, mark)).toString();
  const body = mark < 0 ? "" : bytes.subarray(mark + "\nbody\n".length, -1).toString();
  return { fields: readFields(head), body };
}

function readFields(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, key, value = ""] = /^([a-z-]+)(?: (.*))?$/s.exec(line) ?? [];
    if (key === undefined) continue;
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}
