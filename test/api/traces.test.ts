// Traces: what a collector really receives over OTLP/HTTP, and that one that is away holds nothing up.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as z from 'zod'
import { OPEN_MAX, createSpans, createTraces } from '../../src/api/traces.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { ROOT } from '../support/api.ts'
import { NoopSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

const span = z.object({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  events: z.array(z.object({ name: z.string() })).optional(),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
})
const received = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
})
type Received = z.infer<typeof span>

interface Collector {
  readonly url: string
  readonly spans: Received[]
  readonly server: Server
}

async function startCollector(): Promise<Collector> {
  const spans: Received[] = []
  const server = createServer((incoming, response) => {
    let text = ''
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
    incoming.on('end', () => {
      for (const { scopeSpans } of received.parse(JSON.parse(text)).resourceSpans)
        spans.push(...scopeSpans.flatMap((scope) => scope.spans))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}/v1/traces`, spans, server }
}

const traces = suite('api: traces')

traces('a period and an auction as a collector sees them', async () => {
  const collector = await startCollector()
  const clock = createManualClock(1_700_000_000_000)
  const sent = createTraces({ url: collector.url, version: '1.2.3' }, clock)
  sent.note({ type: 'period-started', period: 7, members: 8, targets: [1] })
  await clock.advance(1_000)
  sent.note({ type: 'sealed', period: 7 })
  sent.note({ type: 'certified', period: 7, root: ROOT, signers: 8, absent: [] })
  await clock.advance(2_000)
  sent.note({ type: 'posted', period: 7, root: ROOT, tx: '0xaa', gasUsed: 5n, ours: true })
  sent.note({ type: 'sealed', period: 7 })
  sent.note({ type: 'period-started', period: 8, members: 8, targets: [1] })
  sent.note({ type: 'stuck', period: 8, step: 'vote', code: 'wrong-result' })
  await sent.stop()
  const named = (name: string): readonly Received[] => collector.spans.filter((one) => one.name === name)
  const [period, stuck] = named('period').toSorted((a, b) => a.startTimeUnixNano.localeCompare(b.startTimeUnixNano))
  const [posting] = named('posting')
  assert.is(collector.spans.length, 3)
  assert.equal(
    period?.events?.map(({ name }) => name),
    ['period-started', 'sealed', 'certified', 'posted'],
  )
  assert.is(posting?.traceId, period?.traceId)
  assert.is(posting?.parentSpanId, period?.spanId)
  assert.is(BigInt(posting?.endTimeUnixNano ?? 0) - BigInt(posting?.startTimeUnixNano ?? 0), 2_000_000_000n)
  assert.is(stuck?.status?.message, 'vote: wrong-result')
  assert.is.not(stuck?.traceId, period?.traceId)
  collector.server.close()
})

traces('a collector that is away holds nothing up', async () => {
  const { url, server } = await startCollector()
  server.close()
  await once(server, 'close')
  const sent = createTraces({ url, version: '1' }, createManualClock(0))
  sent.note({ type: 'period-started', period: 7, members: 8, targets: [1] })
  await sent.stop()
})

traces('what never ends is ended: a bounded number is open', () => {
  const ended: ReadableSpan[] = []
  const processor = new NoopSpanProcessor()
  processor.onEnd = (one) => void ended.push(one)
  const provider = new TracerProvider({ spanProcessors: [processor] })
  const spans = createSpans(provider.getTracer('test'), createManualClock(0))
  for (let period = 0; period < 1_000; period++) spans.note({ type: 'period-started', period, members: 1, targets: [] })
  assert.is(ended.length, 1_000 - OPEN_MAX)
  spans.endAll()
  assert.is(ended.length, 1_000)
})

traces.run()
