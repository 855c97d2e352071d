// Node's ws: every line on stdin is sent to every client; with "deflate" compressed, whatever its length.
const http = require("node:http");
const readline = require("node:readline");
const { WebSocketServer } = require("ws");

const [port, mode] = process.argv.slice(2);
const server = http.createServer();
const hub = new WebSocketServer({ server, perMessageDeflate: mode === "deflate" && { threshold: 0 } });
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  for (const client of hub.clients) client.send(line);
});
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
