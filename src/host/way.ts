/** What a host asks its own services with when its sshd forbids forwarding; `none` where it has nothing for that. */
export type Way = "curl" | "wget" | "bash" | "nc" | "none";

/** Hosts by name whose sshd was seen to forbid forwarding, with what they have instead, as far as that was seen too. */
export type Ways = Map<string, Way | undefined>;

export function isWay(text: string | undefined): text is Way {
  return text !== undefined && ["curl", "wget", "bash", "nc", "none"].includes(text);
}

/** For a program on the host: the first of these programs that is there. */
export const firstWay = `
first_way() { # PROGRAM…: the first of them that is there
  for one in "$@"; do ! command -v "$one" >/dev/null || { echo "$one"; return; }; done
  echo none
}
`;
