// Runs the real npm client: one command a line in, one report a line out.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [folder, address, options] = process.argv.slice(2)
const { io } = createRequire(`${folder}/node_modules/`)('socket.io-client')
const report = (...what) => process.stdout.write(JSON.stringify(what) + '\n')
const socket = io(address, JSON.parse(options))

// Where an upgrade is to come, it is done only then; which of the two comes first differs.
socket.on('connect', () => {
  const { engine } = socket.io
  if (engine.transport.name === engine.opts.transports.at(-1)) report('connect', engine.transport.name)
  else engine.once('upgrade', (transport) => report('connect', transport.name))
})
socket.on('connect_error', (error) => report('connect_error', error.message, error.data ?? null))
socket.on('disconnect', (reason) => report('disconnect', reason))
socket.onAny((event, data) => report('event', event, data))

createInterface({ input: process.stdin }).on('line', (line) => {
  const { emit, ack, cut } = JSON.parse(line)
  if (cut) socket.disconnect()
  else if (ack) socket.emit(...emit, (answer) => report('ack', emit[0], answer))
  else socket.emit(...emit)
}).on('close', () => {
  // A client that polls says its farewell in a request, for which the process stays.
  socket.disconnect()
  process.exitCode = 0
})
