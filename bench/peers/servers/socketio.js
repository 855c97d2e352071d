// Node's socket.io: every line on stdin is emitted to every client. No pings, so that idle is idle.
const http = require("node:http");
const readline = require("node:readline");
const { Server } = require("socket.io");

const server = http.createServer();
const hub = new Server(server, { pingInterval: 600000, pingTimeout: 600000 });
readline.createInterface({ input: process.stdin }).on("line", (line) => hub.emit("item", line));
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
