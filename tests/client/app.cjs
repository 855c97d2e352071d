// An Express app that is watched by the client, as GamePilot's would be. Arguments: client file, node_modules, monitor, token.
const [, , client, modules, url, token] = process.argv
const express = require(`${modules}/express`)
const { Monitor } = require(client)

const monitor = new Monitor({ url, token, intervalMs: 20 })
const app = express()
app.use(monitor.express({ userId: (req) => req.headers['x-user'] }))
const games = express.Router()
games.get('/:id', (req, res) => res.json({ id: req.params.id }))
app.use('/games', games)
app.get('/broken', () => {
  throw new Error('out of moods')
})
app.use(monitor.expressErrors())
app.use((error, req, res, next) => res.status(500).end())

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', async () => {
  server.close()
  const done = await monitor.close(20000)
  console.log(JSON.stringify({ done, ...monitor.stats() }))
  process.exit()
})
process.stdin.resume()
