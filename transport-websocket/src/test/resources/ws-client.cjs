// W10: npm's "ws" against an echoing server; prints one line for each thing that was seen.
const WebSocket = require("ws");
const url = process.argv[2];

function open(options) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.received = [];
    socket.on("message", (data, isBinary) => {
      const waiting = socket.waiting;
      socket.waiting = undefined;
      if (waiting) waiting([data, isBinary]);
      else socket.received.push([data, isBinary]);
    });
    socket.on("open", () => resolve(socket));
    socket.on("error", reject);
  });
}

function next(socket) {
  if (socket.received.length > 0) return Promise.resolve(socket.received.shift());
  return new Promise((resolve) => (socket.waiting = resolve));
}

function once(socket, event) {
  return new Promise((resolve) => socket.once(event, (...values) => resolve(values)));
}

async function closed(socket) {
  const [code, reason] = await once(socket, "close");
  return `${code} ${reason}`.trim();
}

async function main() {
  let socket = await open({ perMessageDeflate: true });
  console.log("extensions:", socket.extensions || "none");
  socket.send("Grüße");
  let [data, isBinary] = await next(socket);
  console.log("text:", data.toString(), isBinary);
  socket.send(Buffer.from([0, 255, 128]));
  [data, isBinary] = await next(socket);
  console.log("binary:", data.toString("hex"), isBinary);
  socket.send("in ", { fin: false });
  socket.send("three ", { fin: false });
  socket.ping("between");
  socket.send("fragments", { fin: true });
  const [pong] = await once(socket, "pong");
  console.log("pong:", pong.toString());
  [data] = await next(socket);
  console.log("fragments:", data.toString());
  const large = "x".repeat(65536);
  socket.send(large);
  [data] = await next(socket);
  console.log("large:", data.toString() === large);
  let count = 0;
  for (let i = 0; i < 5000; i++) socket.send(`message ${i}`);
  for (let i = 0; i < 5000; i++) if ((await next(socket))[0].toString() === `message ${i}`) count++;
  console.log("pipelined:", count);
  socket.close(3001, "done");
  console.log("closed:", await closed(socket));

  socket = await open();
  socket.send("y".repeat(65537));
  console.log("too large:", await closed(socket));

  const foreign = await open({ origin: "https://evil.example" }).catch((error) => error);
  console.log("foreign page:", foreign.message);
  const own = await open({ origin: "http://localhost:8080", headers: { Host: "localhost" } });
  own.terminate();
  console.log("own page: open");
}

main().catch((error) => {
  console.log("failed:", error);
  process.exitCode = 1;
});
