// The least that a Node program can do with the ssh2 library: runs a command on every host of a list, 64 at a time.
//   node bare.mjs HOSTS KEY USER COMMAND      HOSTS: a file with an address a line
import { readFileSync } from "node:fs";
import ssh2 from "ssh2";

const [, , file, key, username, command] = process.argv;
const hosts = readFileSync(file, "utf8").trim().split("\n");
const privateKey = readFileSync(key);
let failed = 0;

function one(host) {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    const over = (bad) => {
      failed += bad ? 1 : 0;
      client.end();
    };
    client.on("ready", () =>
      client.exec(command, (error, channel) => {
        if (error) return over(true);
        channel.on("exit", (code) => over(code !== 0));
        channel.resume();
        channel.stderr.resume();
      }),
    );
    client.on("error", () => over(true));
    client.on("close", resolve);
    client.connect({ host, port: 22, username, privateKey });
  });
}

async function worker() {
  for (let host = hosts.pop(); host !== undefined; host = hosts.pop()) await one(host);
}

await Promise.all(Array.from({ length: 64 }, worker));
if (failed > 0) {
  console.error(`${failed} failed`);
  process.exitCode = 1;
}
