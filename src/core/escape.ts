/** Longest line that is shown, in bytes of UTF-8: a host cannot fill a screen or a log with one line. */
const LINE = 4096;

/** Controls (C0, DEL, C1), formats (bidi, zero-width, soft hyphen, tags), lone surrogates, line separators, invisibles. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Text that came from a host or from a service, made safe to show: whatever could steer a terminal, reorder a line or
 * hide in it is shown as `\x1b` or `\u{202e}`; a tab becomes spaces. Each line is at most 4 KB and says what was cut.
 * `lines` keeps line feeds (otherwise they are shown as `\x0a`). `ci` also breaks what a CI system's log reader takes
 * for a command: GitHub reads `##[` anywhere and `::` at a line's start, Azure `##vso[`, TeamCity `##teamcity[`,
 * GitLab `section_start:`.
 */
export function printable(text: string, options: { readonly ci?: boolean; readonly lines?: boolean } = {}): string {
  const lines = options.lines === true ? text.split(/\r?\n/) : [text];
  const safe = options.ci === true ? (line: string) => disarmed(shown(line)) : shown;
  return lines.map(safe).join("\n");
}

/**
 * A value as JSON that reads back as the same, and in which nothing steers a terminal or is a command to a CI system's log
 * reader: JSON itself escapes C0 alone, and a log reader looks into the middle of a line. In one line, or indented.
 */
export function jsonText(value: object, indent?: number): string {
  return JSON.stringify(value, undefined, indent)
    .replace(/[^\n -~]/gu, (char) => (UNSAFE.test(char) ? units(char) : char))
    .replace(/##(?=[a-z]*\[)/gi, "#\\u0023")
    .replace(/section_(?=(start|end):)/gi, "section\\u005f");
}

function units(char: string): string {
  const codes = Array.from({ length: char.length }, (_, at) => char.charCodeAt(at));
  return codes.map((code) => `\\u${code.toString(16).padStart(4, "0")}`).join("");
}

function shown(line: string): string {
  if (line.length <= LINE / 4 && !UNSAFE.test(line)) return line;
  const parts: string[] = [];
  let room = LINE;
  for (const char of line) {
    const part = visible(char);
    room -= bytesOf(part);
    if (room < 0) return `${parts.join("")}… (cut at ${LINE} bytes)`;
    parts.push(part);
  }
  return parts.join("");
}

function visible(char: string): string {
  if (char === "\t") return "    ";
  if (!UNSAFE.test(char)) return char;
  const code = Number(char.codePointAt(0));
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

/** Bytes of one character, or of a few ASCII ones, in UTF-8. */
export function bytesOf(part: string): number {
  const code = Number(part.codePointAt(0));
  if (code < 0x80) return part.length;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** Breaks a CI system's commands with an escaped character of the same meaning, so that the text stays readable. */
function disarmed(line: string): string {
  return line
    .replace(/##(?=[a-z]*\[)/gi, "#\\x23")
    .replace(/^(\s*):(?=:)/, "$1\\x3a")
    .replace(/section_(?=(start|end):)/gi, "section\\x5f");
}
