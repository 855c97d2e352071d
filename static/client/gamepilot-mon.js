/*
 * A client for JavaScript apps, in Node 18+ and in browsers: reports events to GamePilot Monitor and never gets in the
 * way of the app. No dependencies; one file that an app may carry a copy of.
 *
 *   const { Monitor } = require('./gamepilot-mon.js')      // as gamepilot-mon.cjs where package.json says "module"
 *   const monitor = new Monitor({ url: 'http://127.0.0.1:3001', token })
 *   app.use(monitor.express())                             // before the routes
 *   app.use(monitor.expressErrors())                       // after them
 *
 * In a page: <script src="…/static/client/gamepilot-mon.js"></script>, then new GamePilotMonitor.Monitor({…}).
 *
 * Reports wait in a bounded queue and travel many in one request. Nothing here throws into the app. What cannot be sent
 * is kept and tried again; what the monitor refuses is dropped and counted. Each event carries an id, so one that is
 * sent twice is counted once.
 */
;((root, make) => {
  const api = make()
  if (typeof module === 'object' && module.exports) module.exports = api
  else root.GamePilotMonitor = api
})(typeof globalThis === 'object' ? globalThis : this, () => {
  'use strict'

  const NAME_MAX = 200
  const TEXT_MAX = 60000
  const BODY_MAX = 1000000 // the monitor takes 1 MiB
  const KEEPALIVE_MAX = 60000 // what a browser sends of a page that is being left
  const BACKOFF_FIRST_MS = 500
  const BACKOFF_MAX_MS = 60000
  const REFUSED_PAUSE_MS = 60000 // after 401, 403 or 404: someone has to correct the address or the token
  const COMPLAIN_EVERY_MS = 60000
  const LAST_WORDS_MS = 2000

  const encoder = new TextEncoder()
  const now = () => (typeof performance === 'object' ? performance.now() : Date.now())
  const cut = (text, most) => String(text).slice(0, most)

  class Monitor {
    /**
     * @param {object} options
     * @param {string} options.url the monitor's address
     * @param {string} options.token one with the role ingest
     * @param {number} [options.queueMax] events that may wait; the newest is dropped beyond it
     * @param {number} [options.batchMax] events in one request
     * @param {number} [options.intervalMs] how long the first event of a batch may wait
     * @param {number} [options.timeoutMs] how long a request may take
     * @param {(message: string) => void} [options.log] at most one message a minute
     */
    constructor({ url, token, queueMax = 10000, batchMax = 500, intervalMs = 1000, timeoutMs = 5000, log } = {}) {
      if (!/^https?:\/\/[^/]/.test(url || '')) throw new TypeError('url must begin with http:// or https://')
      if (!/^[\x21-\x7e]+$/.test(token || '')) throw new TypeError('token must be printable ASCII')
      this.address = `${url.replace(/\/+$/, '')}/api/v1/events`
      this.token = token
      this.limits = { queueMax, batchMax, intervalMs, timeoutMs }
      this.log = log || ((message) => console.warn(`gamepilot-mon: ${message}`))
      this.queue = []
      this.sending = []
      this.sent = 0
      this.dropped = 0
      this.failures = 0
      this.closed = false
      this.complainedAt = -Infinity
      this.timer = null
      this.busy = null
      this._watchLeave()
    }

    // What an app reports

    operation(operation, durationMs, { success = true, userId, metadata } = {}) {
      this.report('operation', {
        operation: cut(operation, NAME_MAX), duration_ms: durationMs, success, user_id: userId, metadata,
      })
    }

    error(operation, error, { severity = 'error', userId, metadata } = {}) {
      const thrown = error instanceof Error
      this.report('error', {
        operation: cut(operation, NAME_MAX),
        error: cut(thrown ? `${error.name}: ${error.message}` : error, TEXT_MAX),
        stack_trace: thrown && error.stack ? cut(error.stack, TEXT_MAX) : undefined,
        severity, user_id: userId, metadata,
      })
    }

    query(statement, durationMs, { metadata } = {}) {
      this.report('query', { statement: cut(statement, 2000), duration_ms: durationMs, metadata })
    }

    metric(name, value, labels) {
      this.report('metric', { name, value, labels })
    }

    deploy(version, metadata) {
      this.report('deploy', { version, metadata })
    }

    /** Runs `work` and reports it as one operation; what it throws makes that a failed one and goes on its way. */
    async timed(operation, work, { userId } = {}) {
      const started = now()
      let success = false
      try {
        const result = await work()
        success = true
        return result
      } catch (error) {
        this.error(operation, error, { userId })
        throw error
      } finally {
        this.operation(operation, now() - started, { success, userId })
      }
    }

    /** An event of any kind, with the fields that the monitor's documentation names: report('mood_selection', {…}). */
    report(kind, fields) {
      let text
      try {
        text = JSON.stringify({ kind, id: identifier(), timestamp: Date.now(), ...fields }, plain)
        text = wellFormed(text)
      } catch (problem) {
        return this._drop(1, `an event of kind ${kind} cannot be written as JSON: ${problem}`)
      }
      const size = encoder.encode(text).length
      if (this.closed || this.queue.length >= this.limits.queueMax || size > BODY_MAX) {
        return this._drop(1, 'an event is too large, the queue is full or the client is closed')
      }
      this.queue.push({ text, size })
      this._schedule(this.queue.length >= this.limits.batchMax ? 0 : this.limits.intervalMs)
    }

    // Express

    /**
     * Middleware that reports every request as an operation named by its route, such as `GET /games/:id`; what no route
     * took is `GET (unmatched)`, so that strangers' addresses do not become names. 5xx is a failure.
     * `userId(req)` may say who asked.
     */
    express({ userId } = {}) {
      return (req, res, next) => {
        const started = now()
        const report = () => {
          res.removeListener('finish', report)
          res.removeListener('close', report)
          this._safely(() =>
            this.operation(nameOf(req), now() - started, {
              success: res.writableFinished && res.statusCode < 500,
              userId: userId && userId(req),
              metadata: { status: res.statusCode },
            }))
        }
        res.once('finish', report)
        res.once('close', report)
        next()
      }
    }

    /** Error middleware: reports what a handler threw, with its stack, and hands it on. */
    expressErrors({ userId } = {}) {
      return (error, req, res, next) => {
        const status = error && (error.status || error.statusCode)
        if (!status || status >= 500) {
          this._safely(() => this.error(nameOf(req), error, { userId: userId && userId(req) }))
        }
        next(error)
      }
    }

    /** Reports what nobody caught: as critical in Node, which ends of it as it would without us, as error in a page. */
    captureErrors(operation = 'uncaught') {
      if (typeof process === 'object' && process.on) {
        this._captureLastWords(operation)
      } else if (typeof addEventListener === 'function') {
        addEventListener('error', (event) => this.error(operation, event.error || event.message))
        addEventListener('unhandledrejection', (event) => this.error(operation, event.reason))
      }
      return this
    }

    /** Node ends at once of what nobody caught, with the report still here: it is sent first, then Node ends of it. */
    _captureLastWords(operation) {
      let last
      process.on('uncaughtExceptionMonitor', (error) => {
        if (!last || last.error !== error) this.error(operation, error, { severity: 'critical' })
      })
      const end = async (error) => {
        if (last || process.listenerCount('uncaughtException') > 1) return // the app decides what becomes of it
        last = { error }
        const awake = setTimeout(() => {}, LAST_WORDS_MS) // else an idle loop would end it before the answer
        await this.flush(LAST_WORDS_MS)
        clearTimeout(awake)
        process.off('uncaughtException', end)
        setImmediate(() => {
          throw error
        })
      }
      process.on('uncaughtException', end)
    }

    // How it gets there

    stats() {
      return { waiting: this.queue.length + this.sending.length, sent: this.sent, dropped: this.dropped }
    }

    /** Sends what waits now; true when all of it was settled within `timeoutMs`. */
    async flush(timeoutMs = 5000) {
      const until = now() + timeoutMs
      while (this.stats().waiting && now() < until) {
        if (!this.busy && this.failures) break // in trouble: the next try has its time
        this._deliver()
        await Promise.race([this.busy, pause(until - now())])
      }
      return this.stats().waiting === 0
    }

    /** flush() and end; what the network does not take is lost. */
    async close(timeoutMs = 5000) {
      const done = await this.flush(timeoutMs)
      this.closed = true
      clearTimeout(this.timer)
      return done
    }

    _schedule(delayMs) {
      if (this.busy || this.closed || (this.timer && delayMs)) return
      if (this.failures && this.timer) return // an error pause is not shortened by more events
      clearTimeout(this.timer)
      this.timer = setTimeout(() => this._deliver(), delayMs)
      if (this.timer.unref) this.timer.unref() // the app ends when it wants to
    }

    _deliver() {
      if (this.busy) return
      clearTimeout(this.timer)
      this.timer = null
      if (!this.sending.length) this.sending = this._take(BODY_MAX)
      if (!this.sending.length) return
      this.busy = this._post(this.sending).then((pauseMs) => {
        this.busy = null
        this.failures = pauseMs === null ? 0 : this.failures + 1
        if (this.stats().waiting) this._schedule(pauseMs === null ? 0 : pauseMs || backoff(this.failures))
      })
    }

    _take(most) {
      let count = 0
      let size = 20
      while (count < Math.min(this.queue.length, this.limits.batchMax)) {
        size += this.queue[count].size + 1
        if (size > most && count) break
        count += 1
      }
      return this.queue.splice(0, count)
    }

    /** null when the batch is settled; else ms until the next try, 0 if that is ours to choose. Never rejects. */
    async _post(batch) {
      let answer
      let text
      try {
        answer = await this._request(batch, { signal: AbortSignal.timeout(this.limits.timeoutMs) })
        text = await answer.text()
      } catch (problem) {
        this._complain(`the monitor cannot be reached: ${problem.name}`)
        return 0
      }
      const rejected = answer.status === 202 ? countRejected(text) : null
      if (rejected !== null) {
        if (rejected) this._complain(`${rejected} of ${batch.length} events were refused: ${text.slice(0, 500)}`)
        return this._settle(batch.length - rejected, rejected)
      }
      this._complain(`the monitor answered ${answer.status}: ${text.slice(0, 200)}`)
      if ([401, 403, 404].includes(answer.status)) return REFUSED_PAUSE_MS
      if ([202, 408, 425, 429].includes(answer.status) || answer.status >= 500) return retryAfter(answer)
      return this._split(batch)
    }

    _request(batch, more) {
      return fetch(this.address, {
        method: 'POST',
        headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
        body: `{"events":[${batch.map((event) => event.text).join(',')}]}`,
        redirect: 'error',
        credentials: 'omit',
        ...more,
      })
    }

    /** One bad event must not take the others with it. */
    _split(batch) {
      if (batch.length === 1) return this._settle(0, 1)
      const half = batch.length >> 1
      this.queue.unshift(...batch.slice(half))
      this.sending = batch.slice(0, half)
      return null
    }

    _settle(sent, dropped) {
      this.sending = []
      this.sent += sent
      this.dropped += dropped
      return null
    }

    /** A page may be gone a moment after it is hidden: what waits goes out in a request that outlives it. */
    _watchLeave() {
      if (typeof document === 'object' && document.addEventListener) {
        document.addEventListener('visibilitychange', () => {
          if (document.visibilityState === 'hidden') this._leave()
        })
      } else if (typeof process === 'object' && process.on) {
        process.once('beforeExit', () => this.flush(2000))
      }
    }

    _leave() {
      if (this.busy || this.sending.length) return
      const batch = this._take(KEEPALIVE_MAX)
      if (!batch.length) return
      this._request(batch, { keepalive: true }).then(
        (answer) => (answer.status === 202 ? this._settle(batch.length, 0) : this.queue.unshift(...batch)),
        () => this.queue.unshift(...batch),
      )
    }

    _drop(count, why) {
      this.dropped += count
      this._complain(why)
    }

    _safely(work) {
      try {
        work()
      } catch (problem) {
        this._drop(1, `a report failed: ${problem}`)
      }
    }

    _complain(what) {
      if (now() - this.complainedAt < COMPLAIN_EVERY_MS) return
      this.complainedAt = now()
      try {
        this.log(what)
      } catch {
        // whoever logs is not our concern
      }
    }
  }

  function nameOf(req) {
    const route = req.route && (typeof req.route.path === 'string' ? req.route.path : String(req.route.path))
    return cut(`${req.method} ${route === undefined ? '(unmatched)' : `${req.baseUrl || ''}${route}`}`, NAME_MAX)
  }

  /** Begins with the time, so that the ids of a while lie side by side in the monitor's index. */
  function identifier() {
    return Date.now().toString(16).padStart(12, '0') + unlike()
  }

  function unlike() {
    if (globalThis.crypto && crypto.randomUUID) return crypto.randomUUID().replaceAll('-', '').slice(12)
    return Array.from({ length: 3 }, () => Math.random().toString(36).slice(2, 10)).join('') // a page without TLS
  }

  /** What JSON has no word for, and what a getter or toJSON of a stranger's object may do, stays a text. */
  function plain(key, value) {
    if (typeof value === 'bigint') return String(value)
    return typeof value === 'number' && !Number.isFinite(value) ? undefined : value
  }

  /** JSON writes a lone surrogate as an escape, which is no character to the monitor. */
  function wellFormed(json) {
    return json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/gi, (found) => (found === '\\\\' ? found : '\ufffd'))
  }

  /** null when this is not a whole answer of the monitor. */
  function countRejected(text) {
    try {
      return JSON.parse(text).rejected.length
    } catch {
      return null
    }
  }

  const retryAfter = (answer) => Math.min(Number(answer.headers.get('Retry-After')) * 1000 || 0, BACKOFF_MAX_MS)
  const backoff = (failures) =>
    Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10))

  function pause(ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, Math.max(0, ms))
      if (timer.unref) timer.unref()
    })
  }

  return { Monitor }
})
