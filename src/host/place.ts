import { createReadStream } from "node:fs";
import { access, constants } from "node:fs/promises";
import type { Answer } from "../core/host.ts";
import { type Manifest, manifestText } from "../core/release.ts";
import { bring } from "./bring.ts";
import { assignments } from "./frame.ts";
import { order } from "./order.ts";
import { originWords, secondsFor } from "./origin.ts";
import type { Asked, Site } from "./run.ts";

/** Slower than this (kB a second, or bytes a ms) is no way to bring a release; after these ms. */
const slowest = 20;
const patience = 120_000;

/** Bytes: each read is a round through the thread pool, and there is one file for a whole fleet. */
const readAtOnce = 262_144;

/**
 * Brings a release. A folder under releases/ is complete by construction: it is received, checked, unpacked and linked
 * elsewhere, then renamed; its manifest comes last. Bytes that are there already are not sent again, be it as this
 * release or, with the same shared paths, as another; what is not as it was placed, and not in use, is placed anew. The
 * host asks for its bytes when it is without them and could not fetch them; they are read from the file as it takes them.
 */
export async function place(site: Site, asked: Asked<"place">): Promise<Answer> {
  const { release, archive, sha256, size, env } = asked;
  const wrong = complaint(asked);
  if (wrong !== undefined) return { type: "failed", detail: wrong, log: "" };
  const unread = await access(archive, constants.R_OK).catch((error: Error) => error.message);
  if (unread !== undefined) return { type: "failed", detail: "the artifact cannot be read here", log: unread };
  const { manifest, name } = release;
  const words = {
    ...{
      name,
      size,
      digest: sha256,
      keeps: asked.keepsArchive === true ? 1 : "",
      shared: sharedText(manifest),
      content: manifest.digest,
    },
    ...{
      manifest_text: `${manifestText(manifest)}\n`,
      manifest_words: manifestWords(manifest),
      env_words: exports(env),
    },
    ...originWords(asked),
  };
  const within = patience + size / slowest + (asked.from === undefined ? 0 : 1000 * secondsFor(size));
  const began = performance.now();
  const answer = await order(site, asked.claim, {
    words,
    text,
    after: () => createReadStream(archive, { highWaterMark: readAtOnce }),
    within,
  });
  if (answer.type !== "lost" || performance.now() - began < within) return answer;
  return { type: "failed", detail: `its bytes came slower than ${slowest} kB a second`, log: answer.reason };
}

function sharedText({ shared }: Manifest): string {
  return shared.map((path) => `${path}\n`).join("");
}

function complaint({ release, env }: Asked<"place">): string | undefined {
  const key = Object.keys(env).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (key !== undefined) return `no shell takes the environment's name ${JSON.stringify(key)}`;
  const path = release.manifest.shared.find(leaves);
  return path === undefined ? undefined : `shared path ${JSON.stringify(path)} leaves the release`;
}

function leaves(path: string): boolean {
  const parts = path.replace(/\/$/, "").split("/");
  return path.includes("\n") || parts.some((part) => part === "" || part === "." || part === "..");
}

function manifestWords(manifest: Manifest): string {
  return assignments({
    m_component: manifest.component,
    m_version: manifest.version,
    m_activate: manifest.activate,
    m_activate_within: manifest.activateWithin,
    m_deactivate: manifest.deactivate,
    m_drain: manifest.drain,
    m_drain_for: manifest.drainFor,
    m_undrain: manifest.undrain,
    m_digest: manifest.digest,
    m_shared: sharedText(manifest),
  });
}

function exports(env: Asked<"place">["env"]): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${assignments({ [name]: value })}`)
    .join("");
}

const text = `
take
${bring}
here=$S/incoming/$N
drop() { rm -rf "$here"; }
drop_all() { rm -rf "$here" "$kept"; }
give_up() { drop_all; fail "$@"; }
turn_away() { drop_all; refuse "$@"; }
newest() { # the release is the newest from now on
  list
  last=\${listed% } last=\${last##* }
  [ "$last" != "$name" ] || [ ! -e "$S/order" ] || return 0
  others=''
  for one in $listed; do [ "$one" = "$name" ] || others="$others$one
"; done
  printf '%s%s\\n' "$others" "$name" >"$S/order.new" && mv -f "$S/order.new" "$S/order" ||
    give_up 'the order of releases could not be written'
}
unpack() { # root's tar keeps modes as the archive has them; nobody but the owner may write
  complaint=$( { (cd "$here/$name" && tar -xzo) <"$here/archive" && chmod -R go-w "$here/$name"; } 2>&1) || give_up 'the archive could not be unpacked' "$complaint"
}
share() { # PATH: a link into shared; a trailing slash makes the folder there
  path=\${1%/}
  case $1 in */) mkdir -p "$P/shared/$path" ;; */*) mkdir -p "$P/shared/\${path%/*}" ;; esac || return
  case $path in */*) mkdir -p "$here/$name/\${path%/*}" || return ;; esac
  rm -rf "$here/$name/$path"
  ln -s "$P/shared/$path" "$here/$name/$path"
}
share_all() {
  printf '%s' "$shared" | while IFS= read -r entry; do share "$entry" || exit; done
}
write_down() { # everything of the release as it will be called
  umask 077
  printf '%s' "$env_words" >"$here/$name.env"
  wrote=$?
  umask 022
  [ "$wrote" -eq 0 ] && printf '%s' "$manifest_words" >"$here/$name.sh" && printf '%s' "$manifest_text" >"$here/json" &&
    { [ -n "$sum" ] || sum=$(print_of "$here/$name") || return 0; } && printf '%s\\n' "$sum" >"$here/$name.sum"
}
targets='for link; do printf "%s %s\\n" "$link" "$(readlink "$link")"; done'
print_of() { # FOLDER: a sum of all that it holds; none where there is no find
  command -v find >/dev/null || return
  cd "$1" && find . -type f -exec $hasher {} + -o -type l -exec sh -c "$targets" sh {} + | sorted | sha256sum
}
sorted() { # as sha256sum tells it, whoever told it; orders run in the locale C
  [ "$hasher" != sha256sum ] || exec sort
  sed 's/^\\([0-9a-f]\\{64\\}\\) [*]/\\1  /' | sort
}
as_placed() { # RELEASE FOLDER: does the folder hold what that release held when it was placed?
  { IFS= read -r sum <"$P/releases/$1.sum"; } 2>/dev/null && [ "$(print_of "$2")" = "$sum" ]
}
in_use() { case $name in "$link" | "$r_current" | "$r_target" | "$r_good") ;; *) return 1 ;; esac; }
damaged() { ! in_use && [ -e "$P/releases/$name.sum" ] && ! as_placed "$name" "$P/releases/$name"; }
same_bytes() { # RELEASE: and the same shared paths
  m_digest='' m_shared=''
  . "$P/releases/$1.sh" && [ -n "$content" ] && [ "$m_digest" = "$content" ] && [ "$m_shared" = "$shared" ]
}
copied() { # from another release of the same bytes
  list
  for other in $listed; do
    [ "$other" != "$name" ] && [ -r "$P/releases/$other.sum" ] || continue
    (same_bytes "$other") || continue
    mkdir -p "$here" && cp -a "$P/releases/$other" "$here/$name" && as_placed "$other" "$here/$name" && return
    sum=''
    drop
  done 2>/dev/null
  return 1
}
publish() {
  gone "$P/releases/$name.json" "$P/releases/$name.sum"
  [ ! -e "$P/releases/$name" ] || mv "$P/releases/$name" "$here/damaged" || return
  mv -f "$here/$name".* "$here/$name" "$P/releases" && settled "$P/releases" &&
    mv -f "$here/json" "$P/releases/$name.json" && settled "$P/releases"
}
room() { # in kB, into free: the last number before the share in use; a name before it may hold a space
  free=$(df -Pk "$P")
  free=\${free#*
}
  set -f
  set -- \${free%%%*}
  set +f
  [ $# -le 2 ] || shift $(($# - 2))
  free=\${1:-0}
  case $free in *[!0-9]*) free=$(df -Pk "$P" | tail -n 1 | tr -s ' ' ' ' | cut -d ' ' -f 4) ;; esac
}
save || fail 'the record could not be written'
fresh=''
linked
unlock
anew='' sum=''
if placed "$name"; then
  ! damaged || anew=1 sum=''
else
  anew=1
fi
if [ -n "$anew" ]; then
  need=$((size / 256 + 1024))
  room
  [ "$free" -ge "$need" ] || refuse disk "$need kB are needed, $free kB are free"
  if ! copied; then
    bring
    unpack
    [ -z "$shared" ] || complaint=$(share_all 2>&1) || give_up 'the shared paths could not be linked' "$complaint"
  fi
  complaint=''
  write_down 2>/dev/null || complaint=$(write_down 2>&1) || give_up 'the manifest could not be written' "$complaint"
  sync -f "$here/$name" 2>/dev/null || sync
fi
lock && known || give_up 'the lock could not be taken'
[ "$c_generation" -eq "$r_generation" ] && [ "$c_run" = "$r_run" ] || turn_away stale
linked # a copy of this order may have come to its end meanwhile, and the release may be live
if [ -n "$anew" ] && { ! placed "$name" || ! in_use; }; then
  complaint=$(publish 2>&1) || give_up 'the release could not be put in its place' "$complaint"
fi
newest
unlock
if [ -n "$keeps" ]; then drop; else drop_all; fi
begin; say answer done; tell_record; say came "$came"; say instead "$instead"; say untried "$untried"; end 0
`;
