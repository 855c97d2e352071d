// What an app with @sentry/node sends: an exception, a fatal message and a transaction.
import { createRequire } from 'node:module'

const [folder, dsn, token] = process.argv.slice(2)
const Sentry = createRequire(`${folder}/node_modules/`)('@sentry/node')

Sentry.init({
  dsn,
  transportOptions: { headers: { 'X-Sentry-Auth': `Sentry sentry_key=${token}` } },
  release: 'gamepilot@3.1',
  environment: 'of-node',
  tracesSampleRate: 1,
})
Sentry.setUser({ id: 'player-7' })
Sentry.startSpan({ name: 'recommend', op: 'task', forceTransaction: true }, () => {
  Sentry.startSpan({ name: "SELECT * FROM games WHERE id = 7", op: 'db' }, () => {})
})
function fetchShelf() { throw new RangeError('no such shelf') }
try { fetchShelf() } catch (error) { Sentry.captureException(error, { tags: { shelf: 'top' } }) }
Sentry.captureMessage('the disk is full', 'fatal')
const sent = await Sentry.flush(10_000)
process.stdout.write(sent ? 'sent\n' : 'lost\n')
process.exit(0)
