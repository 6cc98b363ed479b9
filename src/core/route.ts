/** What known_hosts trusts a host by: `where` is `file:line`. */
export type TrustedKey = { readonly type: string; readonly fingerprint: string; readonly where: string };

/** How a host is reached. Null is what is not known, or not known yet. Texts are the host's and ssh's own: raw here. */
export type Route = {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly transport: "ssh2" | "openssh";
  /** Why by the system's ssh; empty where ship speaks for itself. */
  readonly reason: string;
  /** Hosts in between, the one that is dialled first in front, as `user@address:port`. */
  readonly jumps: readonly string[];
  /** The program that is the way (ProxyCommand). */
  readonly command: string | null;
  /** The file whose key let us in, or the agent's key as `ssh-agent SHA256:… comment`. */
  readonly login: string | null;
  readonly trusted: TrustedKey | null;
};
