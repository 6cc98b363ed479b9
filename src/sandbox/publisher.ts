import { connect, type Socket } from "node:net";

/** Messages for one host's app to publish. */
export type Publisher = {
  /** Posts what is due at this moment, to the app behind this port. */
  burst(port: number): void;
  close(): void;
};

/** How many post at a time. Each waits for its answer before it posts again, so that an app that is held back holds them back. */
const many = 4;
/** Posts of one burst; of four bursts a second, eight: less than the ten that the app lets through where nobody says otherwise. */
const posts = 2;

const request = "POST /publish HTTP/1.1\r\nhost: app\r\ncontent-length: 0\r\n\r\n";

export function publisher(): Publisher {
  const posters = Array.from({ length: many }, poster);
  let turn = 0;
  return {
    burst(port) {
      for (let count = 0; count < posts; count += 1) posters[turn++ % many]?.post(port);
    },
    close() {
      for (const { close } of posters) close();
    },
  };
}

function poster() {
  let socket: Socket | undefined;
  let waits = false;
  function open(port: number): Socket {
    const opened = connect({ host: "127.0.0.1", port, noDelay: true });
    opened.on("error", () => {});
    opened.on("data", () => {
      waits = false;
    });
    opened.on("close", () => {
      socket = undefined;
      waits = false;
    });
    return opened;
  }
  return {
    post(port: number) {
      if (waits) return;
      waits = true;
      socket ??= open(port);
      socket.write(request);
    },
    close: () => socket?.destroy(),
  };
}
