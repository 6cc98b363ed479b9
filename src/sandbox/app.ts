/**
 * The app that the sandbox's hosts run: small, without dependencies but ship's SDK beside it, and every version is this one
 * text beside another version.json. Latencies are drawn from a seeded model and recorded, not slept, so that a busy machine
 * changes no verdict.
 */
export const appSource = String.raw`// A small web service with /health, /metrics and /publish. What sets its versions apart stands in version.json; the flag
// lxc and the rate publish stand in the component's shared folder, where each host has its own.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { open } from "./sdk.mjs";

const { version, latency, lxc, failsAtStart, dropsConnections, errorsAfter } = JSON.parse(readFileSync("version.json", "utf8"));
const home = process.env.HOME;
const ports = join(home, ".net");

if (failsAtStart) {
  console.error(version + ": cannot start: unknown setting \"pool_size\"");
  process.exit(1);
}

// The working folder is the release's own, <component>/releases/<release>.
const ship = open({ folder: "../../shared" });

const limits = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1];
const buckets = limits.map(() => 0);
const codes = { 200: 0, 500: 0 };
const clients = new Set();
let sum = 0;
let onNewPath = 0;

// HTTP by hand, without bodies: requests that come together are answered together, which keeps twelve of these cheap.
const server = createServer((socket) => {
  let text = "";
  // Set by the connection's first post.
  let turn;
  socket.setNoDelay();
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    const requests = (text + bytes.latin1Slice()).split("\r\n\r\n");
    text = requests.pop();
    if (turn !== undefined || requests.some(isPost)) turn = answerInTurn(turn, socket, requests);
    else if (requests.length > 0) answerAll(socket, requests);
  });
});

// A host has its own loopback: other processes find the port behind 8080 here.
server.listen(0, "127.0.0.1", () => {
  mkdirSync(ports, { recursive: true });
  writeFileSync(join(ports, ".8080"), String(server.address().port));
  renameSync(join(ports, ".8080"), join(ports, "8080"));
});

process.on("SIGTERM", () => process.exit(0));
// The supervisor holds the other end: when it is gone, nobody looks after this process any more.
process.stdin.on("error", () => process.exit(0)).on("end", () => process.exit(0)).resume();

function answerAll(socket, requests, posted) {
  const last = requests.findIndex((request) => dropsConnections || asksToClose(request));
  const answers = (last < 0 ? requests : requests.slice(0, last + 1)).map((request) => posted ?? respond(socket, request));
  if (last < 0) return socket.write(answers.join(""));
  clients.delete(socket);
  socket.end(answers.join(""));
}

// A body would be taken for the next request.
function asksToClose(request) {
  return !request.split("\r\n", 1)[0].endsWith(" HTTP/1.1") || /^(connection: *close|content-length: *[1-9]|transfer-encoding:)/im.test(request);
}

// A post waits for its turn in the limit, and what comes behind it on its connection waits too, as answers have an order.
async function answerInTurn(turn, socket, requests) {
  await turn;
  for (const request of requests) {
    const posted = isPost(request) ? await publish() : undefined;
    if (socket.writable) answerAll(socket, [request], posted);
  }
}

function isPost(request) {
  return request.startsWith("POST /publish ");
}

function publish() {
  return ship.limit("publish", 10, () => answer("200 OK", "text/plain", "published\n"))
    .catch(() => answer("503 Service Unavailable", "text/plain", "too many wait to publish\n"));
}

function respond(socket, request) {
  if (request.startsWith("GET /health ")) return health();
  if (request.startsWith("GET /metrics ")) return answer("200 OK", "text/plain; version=0.0.4", metrics());
  if (!request.startsWith("GET ")) return answer("405 Method Not Allowed", "text/plain", "");
  return work(socket, request);
}

function work(socket, request) {
  if (request.includes("\r\nx-load: ") && !clients.has(socket)) {
    clients.add(socket);
    socket.once("close", () => clients.delete(socket));
  }
  const isNew = lxc !== null && ship.flag("lxc", false, contextOf(request));
  if (isNew) onNewPath += 1;
  observe(draw(isNew ? lxc : latency));
  const failing = errorsAfter !== null && process.uptime() > errorsAfter;
  codes[failing ? 500 : 200] += 1;
  if (failing) return answer("500 Internal Server Error", "text/plain", "internal error\n");
  return answer("200 OK", "text/plain", "hello from " + version + "\n");
}

// Who asks, as a proxy in front would tell: the customer's app, and the plan that it pays for.
function contextOf(request) {
  const app = header(request, /^x-app: *(\S+)/im);
  return { targetingKey: app, app, plan: header(request, /^x-plan: *(\S+)/im) };
}

function header(request, pattern) {
  return pattern.exec(request)?.[1] ?? "";
}

function health() {
  const sick = existsSync(join(home, ".sick"));
  const body = JSON.stringify({ status: sick ? "sick" : "ok", version });
  return answer(sick ? "503 Service Unavailable" : "200 OK", "application/json", body + "\n");
}

function answer(status, type, body) {
  const closing = dropsConnections ? "connection: close\r\n" : "";
  const length = Buffer.byteLength(body);
  return "HTTP/1.1 " + status + "\r\ncontent-type: " + type + "\r\ncontent-length: " + length + "\r\n" + closing + "\r\n" + body;
}

function observe(seconds) {
  sum += seconds;
  const index = limits.findIndex((limit) => seconds <= limit);
  if (index >= 0) buckets[index] += 1;
}

function metrics() {
  const count = codes[200] + codes[500];
  let below = 0;
  const lines = limits.map((limit, index) => {
    below += buckets[index];
    return 'http_request_seconds_bucket{le="' + limit + '"} ' + below;
  });
  return [
    "# HELP http_request_seconds Time taken by a request.",
    "# TYPE http_request_seconds histogram",
    ...lines,
    'http_request_seconds_bucket{le="+Inf"} ' + count,
    "http_request_seconds_sum " + sum,
    "http_request_seconds_count " + count,
    "# HELP http_requests_total Requests answered, by status code.",
    "# TYPE http_requests_total counter",
    'http_requests_total{code="200"} ' + codes[200],
    'http_requests_total{code="500"} ' + codes[500],
    "# HELP lxc_requests_total Requests that took the path behind the flag lxc.",
    "# TYPE lxc_requests_total counter",
    "lxc_requests_total " + onNewPath,
    "# HELP connections_active Connections of clients that are open.",
    "# TYPE connections_active gauge",
    "connections_active " + clients.size,
    "# HELP process_start_time_seconds When the process started, since the epoch.",
    "# TYPE process_start_time_seconds gauge",
    "process_start_time_seconds " + (Date.now() / 1000 - process.uptime()).toFixed(2),
    "# HELP process_resident_memory_bytes Memory in use.",
    "# TYPE process_resident_memory_bytes gauge",
    "process_resident_memory_bytes " + process.memoryUsage.rss(),
    ship.prometheus(),
  ].join("\n");
}

// Seconds, from shares as version.json gives them: [share, from ms, to ms].
let random = seed(basename(home) + " " + version);
function draw(shares) {
  let left = next();
  for (const [share, from, to] of shares) {
    if (left < share) return (from + (to - from) * next()) / 1000;
    left -= share;
  }
  return shares[0][1] / 1000;
}

// mulberry32, a public-domain generator by Tommy Ettinger.
function next() {
  random = (random + 0x6d2b79f5) | 0;
  let mixed = Math.imul(random ^ (random >>> 15), 1 | random);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

function seed(text) {
  return [...text].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619), 0x811c9dc5);
}
`;
