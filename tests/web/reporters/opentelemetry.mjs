// An Express app traced and measured by OpenTelemetry's own packages; asked twice, then everything is sent. Where to and
// by whom is in the environment.
import { createRequire } from 'node:module'

const [folder, encoding] = process.argv.slice(2)
const require = createRequire(`${folder}/node_modules/`)
const kind = encoding === 'json' ? 'http' : 'proto'
const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node')
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${kind}`)
const { OTLPMetricExporter } = require(`@opentelemetry/exporter-metrics-otlp-${kind}`)
const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics')
const { resourceFromAttributes } = require('@opentelemetry/resources')
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')

const resource = resourceFromAttributes({ 'service.name': `gamepilot-${encoding}`, 'service.version': '3.1' })
const tracing = new NodeTracerProvider({
  resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
})
tracing.register()
const measuring = new MeterProvider({
  resource, readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
})
registerInstrumentations({ tracerProvider: tracing, instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })

const http = require('node:http')
const app = require('express')()
app.get('/games/:id', (request, response) => response.json({ id: request.params.id }))
app.get('/broken', () => { throw new TypeError('the shelf is empty') })
app.use((error, request, response, next) => response.status(500).end())

const ask = (port, path) => new Promise((done) =>
  http.get({ port, path }, (answer) => answer.resume().on('end', done)))
const server = http.createServer(app).listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  await ask(port, '/games/7')
  await ask(port, '/broken')
  server.close()
  measuring.getMeter('games').createCounter('launches').add(5, { mood: 'social' })
  measuring.getMeter('games').createHistogram('wait').record(12.5)
  await tracing.forceFlush()
  await measuring.forceFlush()
  await tracing.shutdown()
  process.stdout.write('sent\n')
  process.exit(0)
})
