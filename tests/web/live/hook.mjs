// What a dashboard's React hook does with the client, with React's two functions played by plain ones.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [folder, address, token] = process.argv.slice(2)
const { io } = createRequire(`${folder}/node_modules/`)('socket.io-client')
const state = {}
const useState = (name, initial) => {
  state[name] = initial
  return (next) => {
    state[name] = typeof next === 'function' ? next(state[name]) : next
    process.stdout.write(JSON.stringify(['state', state]) + '\n')
  }
}
const setHealth = useState('health', null)
const setPerformance = useState('performance', null)
const setAlerts = useState('alerts', [])

const effect = () => {
  const socket = io(address, { auth: { token } })
  socket.emit('subscribe:health')
  socket.emit('subscribe:performance')
  socket.emit('subscribe:alerts', () => process.stdout.write('["ready"]\n'))
  socket.on('health:update', setHealth)
  socket.on('performance:update', setPerformance)
  socket.on('alert:new', (alert) => setAlerts((before) => [...before.slice(-9), alert]))
  socket.on('disconnect', (reason) => process.stdout.write(JSON.stringify(['disconnect', reason]) + '\n'))
  return () => socket.disconnect()
}
const cleanUp = effect()
createInterface({ input: process.stdin }).on('line', cleanUp).on('close', () => process.exit())
