/** Programs of coreutils, util-linux or busybox that the host's side needs; more than POSIX has. */
const needed = "tar gzip flock setsid timeout sha256sum dd head tail mv ln od sync readlink";

/** Lines of an answer: what is missing of them. */
export const missingTools = `
for tool in ${needed}; do
  command -v "$tool" >/dev/null || say missing "$tool"
done
[ -n "$r_current" ] || case $(mv --help 2>&1) in # a link was switched by it otherwise
  *-T* | *-[a-zA-Z]T* | *-[a-zA-Z][a-zA-Z]T* | *-[a-zA-Z][a-zA-Z][a-zA-Z]T*) ;;
  *) say missing 'mv -T' ;;
esac
`;
