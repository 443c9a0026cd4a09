// Periods, auctions and postings as OpenTelemetry traces, made from events alone and sent to an OTLP/HTTP endpoint. A trace
// for each period and each auction: it begins with the first event, ends with the last, what happens between is on it; the
// way from a certificate to the chain is a span of its own. Bounded: so many open traces, the oldest are ended early.

import { SpanStatusCode, context, trace } from '@opentelemetry/api'
import type { Attributes, Span, Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Clock, MeshEvent } from '../core/ports.ts'

export interface TraceOptions {
  /** Where OTLP traces are posted, as a whole URL. */
  readonly url: string
  readonly version: string
}

export interface Traces {
  note(event: MeshEvent): void
  /** Ends what is open and sends what is left, within a bounded time. */
  stop(): Promise<void>
}

export const OPEN_MAX = 64
const EXPORT_MS = 5_000
const QUEUE_MAX = 2_048

interface Open {
  readonly root: Span
  /** From certificate to chain. */
  posting: Span | undefined
}

/** Of an event, what a span can hold: numbers, texts and flags. */
function attributesOf(event: MeshEvent): Attributes {
  const simple = Object.entries(event).flatMap(
    ([key, value]: [string, unknown]): [string, string | number | boolean][] => {
      if (key === 'type') return []
      if (typeof value === 'bigint') return [[`stkr.${key}`, value.toString()]]
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        return [[`stkr.${key}`, value]]
      return []
    },
  )
  return Object.fromEntries(simple)
}

const nameOf = (event: MeshEvent): string | undefined =>
  'period' in event ? `period ${event.period}` : 'job' in event ? `auction ${event.job}` : undefined

const BEGINS: readonly MeshEvent['type'][] = ['period-started', 'job-announced']
const BEGINS_POSTING: readonly MeshEvent['type'][] = ['certified', 'bids-opened']
const ENDS_POSTING: readonly MeshEvent['type'][] = ['posted', 'openings-certified']
const ENDS: readonly MeshEvent['type'][] = ['posted', 'job-settled', 'job-unsettled']

/** Spans out of events, on any tracer. */
export function createSpans(tracer: Tracer, clock: Clock) {
  const open = new Map<string, Open>()

  function end(name: string, spans: Open): void {
    open.delete(name)
    spans.posting?.end(clock.now())
    spans.root.end(clock.now())
  }

  function begin(name: string): Open {
    const [kind = ''] = name.split(' ')
    const spans: Open = { root: tracer.startSpan(kind, { startTime: clock.now(), root: true }), posting: undefined }
    open.set(name, spans)
    for (const [oldest, unfinished] of open) if (open.size > OPEN_MAX) end(oldest, unfinished)
    return spans
  }

  return {
    note(event: MeshEvent): void {
      const name = nameOf(event)
      if (name === undefined) return
      // What comes after the end, or was begun before this process, is no trace.
      const spans = open.get(name) ?? (BEGINS.includes(event.type) ? begin(name) : undefined)
      if (!spans) return
      const { root } = spans
      const attributes = attributesOf(event)
      root.addEvent(event.type, attributes, clock.now())
      if (BEGINS.includes(event.type)) root.setAttributes(attributes)
      if (event.type === 'stuck' || event.type === 'job-stuck')
        root.setStatus({ code: SpanStatusCode.ERROR, message: `${event.step}: ${event.code}` })
      if (BEGINS_POSTING.includes(event.type))
        spans.posting ??= tracer.startSpan('posting', { startTime: clock.now() }, trace.setSpan(context.active(), root))
      if (ENDS_POSTING.includes(event.type)) {
        spans.posting?.setAttributes(attributes).end(clock.now())
        spans.posting = undefined
        root.setStatus({ code: SpanStatusCode.OK })
      }
      if (ENDS.includes(event.type)) end(name, spans)
    },
    endAll(): void {
      for (const [name, spans] of open) end(name, spans)
    },
  }
}

export function createTraces({ url, version }: TraceOptions, clock: Clock): Traces {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'stkr', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: QUEUE_MAX, exportTimeoutMillis: EXPORT_MS })],
  })
  const { note, endAll } = createSpans(provider.getTracer('stkr', version), clock)
  return {
    note,
    async stop() {
      endAll()
      // A collector that is gone must not keep a sidecar from stopping.
      await provider.shutdown().catch(() => undefined)
    },
  }
}
