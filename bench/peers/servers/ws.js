// Node's ws: every line on stdin is sent to every client.
const http = require("node:http");
const readline = require("node:readline");
const { WebSocketServer } = require("ws");

const server = http.createServer();
const hub = new WebSocketServer({ server });
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  for (const client of hub.clients) client.send(line);
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
