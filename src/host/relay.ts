/**
 * Small servers that pass one file on by HTTP, in what hosts tend to have: Python or Perl. Each listens at one address of
 * its host and a port that is free, says the port, and goes on by itself. It answers one path that nobody can guess, three at
 * once at most, and ends when as many as were announced have had the file, when nobody came for twenty seconds, or when its
 * time is over, whatever happens to the deployer. RELAY holds, a line each: file, path, address, takers, seconds.
 */
export const python = `
import os, signal, socket, sys, time
path, token, address, takes, life = os.environ.pop("RELAY").split("\\n")
server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
server.bind((address, 0))
server.listen(16)
server.settimeout(1)
print(server.getsockname()[1])
sys.stdout.flush()
if os.fork():
    os._exit(0)
null = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(null, number)
signal.alarm(int(life))

def serve(peer):
    signal.alarm(int(life))
    peer.settimeout(20)
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        part = peer.recv(4096)
        if not part or len(head) > 16384:
            return 1
        head += part
    if head.split(b" ")[:2] != [b"GET", b"/" + token.encode()]:
        peer.sendall(b"HTTP/1.0 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n")
        return 1
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        peer.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % size)
        while True:
            part = file.read(65536)
            if not part:
                break
            peer.sendall(part)
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(4096):
        pass
    return 0

children, done, last = set(), 0, time.time()
while done < int(takes) and (children or time.time() < last + 20):
    peer = None
    try:
        if len(children) < 3:
            peer = server.accept()[0]
        else:
            time.sleep(0.05)
    except socket.timeout:
        pass
    if peer is not None:
        child = os.fork()
        if child == 0:
            server.close()
            code = 1
            try:
                code = serve(peer)
            finally:
                os._exit(code)
        peer.close()
        children.add(child)
    for child in list(children):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            children.discard(child)
        if ended and status == 0:
            done, last = done + 1, time.time()
`;

export const perl = `
use strict;
use Socket qw(:DEFAULT getaddrinfo getnameinfo AI_NUMERICHOST NI_NUMERICHOST NI_NUMERICSERV SHUT_WR);
my ($path, $token, $address, $takes, $life) = split /\\n/, delete $ENV{RELAY};
my ($error, $at) = getaddrinfo($address, 0, { flags => AI_NUMERICHOST, socktype => SOCK_STREAM });
die "$error\\n" if $error;
my $server;
socket($server, $at->{family}, SOCK_STREAM, 0) && bind($server, $at->{addr}) && listen($server, 16) or die "$!\\n";
my (undef, undef, $port) = getnameinfo(getsockname($server), NI_NUMERICHOST | NI_NUMERICSERV);
$| = 1;
print "$port\\n";
my $pid = fork;
die "$!\\n" unless defined $pid;
exit 0 if $pid;
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
alarm $life;
$SIG{PIPE} = "IGNORE";

sub put {
    my ($peer, $bytes) = @_;
    while (length $bytes) {
        alarm 20;
        my $wrote = syswrite($peer, $bytes);
        exit 1 unless $wrote;
        $bytes = substr($bytes, $wrote);
    }
}
sub serve {
    my ($peer) = @_;
    close $server;
    alarm($life < 20 ? $life : 20);
    my $head = "";
    until ($head =~ /\\r\\n\\r\\n/) {
        exit 1 if length $head > 16384 || !sysread($peer, $head, 4096, length $head);
    }
    if ($head !~ m{^GET /\\Q$token\\E }) {
        put($peer, "HTTP/1.0 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n");
        exit 1;
    }
    open my $file, "<:raw", $path or exit 1;
    put($peer, "HTTP/1.0 200 OK\\r\\nContent-Length: " . (-s $file) . "\\r\\n\\r\\n");
    while (sysread($file, my $part, 65536)) { put($peer, $part) }
    shutdown($peer, SHUT_WR);
    alarm 20;
    while (sysread($peer, my $part, 4096)) { }
    exit 0;
}

my ($children, $done, $last) = (0, 0, time);
while ($done < $takes && ($children || time < $last + 20)) {
    my $waiting = "";
    vec($waiting, fileno($server), 1) = 1;
    if ($children >= 3) { select undef, undef, undef, 0.05 }
    elsif (select($waiting, undef, undef, 1) > 0 && accept(my $peer, $server)) {
        my $child = fork;
        serve($peer) if defined $child && $child == 0;
        $children++ if defined $child;
    }
    while ((my $ended = waitpid(-1, 1)) > 0) {
        $children--;
        ($done, $last) = ($done + 1, time) if $? == 0;
    }
}
`;
