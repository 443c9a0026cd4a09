// One sidecar's API from its first event to its last answer: recorder and counters from the beginning, the server from
// `start` to `stop`. It only ever reads and listens.

import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Fault, codeOf } from '../core/errors.ts'
import type { MeshEvent } from '../core/ports.ts'
import { createAges } from './ages.ts'
import { createChecks } from './health.ts'
import { shared } from './shared.ts'
import { placeOf, urlOf } from './listen.ts'
import { countEvent, measure } from './measure.ts'
import { createMetrics } from './metrics.ts'
import type { ApiDeps, ApiOptions, ApiSources } from './options.ts'
import { plain } from './plain.ts'
import { createRecorder } from './recorder.ts'
import { buildServer } from './server.ts'
import { statusSchema } from './status.ts'
import type { Status } from './status.ts'
import { createEventStream } from './stream.ts'

export interface Api {
  /** What happened; never throws. */
  note(event: MeshEvent): void
  /** Listens; resolves to its address. Fault `api-listen`. */
  start(sources: ApiSources): Promise<string>
  stop(): Promise<void>
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await app.close()
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new Fault('api-listen', `the API cannot listen on ${urlOf(host, port)} (${code}): set --api-listen`, {
      cause,
    })
  }
  const address = app.server.address()
  return urlOf(host, typeof address === 'object' && address ? address.port : port)
}

/** Listens to events from now on. */
export function createApi(options: ApiOptions, deps: ApiDeps): Api {
  const { clock, log } = deps
  const { host, port, loopback } = placeOf(options.listen)
  const { token, origins, version } = options
  const recorder = createRecorder(clock)
  const ages = createAges(clock)
  const metrics = createMetrics()
  const stream = createEventStream({ recorder, clock, run: randomBytes(4).toString('hex') })
  metrics.set('stkr_build_info', 1, { version, node: process.version })
  let stopServing = async (): Promise<void> => undefined

  async function start(sources: ApiSources): Promise<string> {
    const checks = createChecks(sources, deps)
    const status = (): Status => statusSchema.parse(plain(sources.status()))
    const readers = () => ({ now: stream.readers(), dropped: stream.dropped() })
    const scrape = async (): Promise<string> => {
      measure(metrics, clock, { status: status(), checks, recorder, ages, readers: readers() })
      return metrics.text()
    }
    const app = await buildServer(
      { loopback, token, origins, version },
      {
        ...{ clock, log, status, checks, recorder, ages, stream },
        summary: sources.summary,
        peers: shared(sources.peers, clock),
        metrics: { text: scrape, contentType: metrics.contentType },
        answered: (code) => {
          metrics.count('stkr_api_requests_total', { status: `${Math.floor(code / 100)}xx` })
        },
      },
    )
    const beats = [checks.chain, checks.store, checks.workload]
    stopServing = async () => {
      for (const check of beats) check.stop()
      stream.stop()
      await app.close()
    }
    const url = await listen(app, host, port)
    for (const check of beats) check.start()
    return url
  }

  return {
    note(event) {
      try {
        countEvent(metrics, event)
        recorder.note(event)
      } catch (error) {
        log.error('an event was not recorded', { type: event.type, code: codeOf(error), error })
      }
    },
    start,
    stop: () => stopServing(),
  }
}
