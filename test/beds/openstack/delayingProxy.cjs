// delayingProxy.cjs PORT TARGET: passes TCP connections on to another port of 127.0.0.1. A line on its input is the number
// of milliseconds by which every piece of a request is late from then on; the end of its input is its end. A process of
// its own, so that it goes on while a test waits for a command.
const { connect, createServer } = require("node:net");
const { createInterface } = require("node:readline");

const [port, target] = process.argv.slice(2).map(Number);
let delay = 0;

createServer((client) => {
  const server = connect(target, "127.0.0.1");
  const both = [client, server];
  const end = () => both.forEach((socket) => socket.destroy());
  for (const socket of both) socket.on("error", end);
  client.on("data", (data) => setTimeout(() => server.writable && server.write(data), delay));
  client.on("end", () => setTimeout(() => server.end(), delay));
  server.pipe(client);
}).listen(port, "127.0.0.1");

createInterface({ input: process.stdin }).on("line", (line) => (delay = Number(line))).on("close", () => process.exit(0));
