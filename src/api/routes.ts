// What the API answers, route by route: each with the schemas that its requests are checked against, that its answers are
// made by and that OpenAPI is written from.

import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { Fault } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Ages } from './ages.ts'
import { alive, ready, workloadLine } from './health.ts'
import type { Checks, Line } from './health.ts'
import { plain } from './plain.ts'
import type { ApiSources } from './options.ts'
import { RING } from './recorder.ts'
import type { Recorder } from './recorder.ts'
import * as schemas from './schemas.ts'
import { jobSchema, meshSchema, relaySchema, statusSchema } from './status.ts'
import type { Status } from './status.ts'
import type { EventStream } from './stream.ts'

export interface RouteDeps {
  readonly clock: Clock
  readonly status: () => Status
  readonly summary: ApiSources['summary']
  readonly peers: ApiSources['peers']
  readonly checks: Checks
  readonly recorder: Recorder
  readonly ages: Ages
  readonly stream: EventStream
  readonly metrics: { text(): Promise<string>; readonly contentType: string }
}

/** A number in a path or a query. */
const number = (most: number) => z.coerce.number().int().min(0).max(most)
const unit = number(Number.MAX_SAFE_INTEGER)

const REFUSED = { 400: schemas.refusal, 401: schemas.refusal, 403: schemas.refusal, 503: schemas.refusal }
const answers = <S extends z.ZodType>(schema: S, summary: string, tag: string) => ({
  summary,
  tags: [tag],
  response: { ...REFUSED, 200: schema },
})
const text = (type: string, description: string) => ({
  description,
  content: { [type]: { schema: z.string() } },
})

type App = ReturnType<typeof typed>
const typed = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>()

function addHealth(app: App, { clock, checks, status }: RouteDeps): void {
  const said = (reply: FastifyReply, lines: readonly Line[]) => {
    const ok = lines.every((line) => line.ok)
    void reply.code(ok ? 200 : 503)
    return { ok, checks: lines }
  }
  const schema = (summary: string) => ({
    summary,
    tags: ['health'],
    response: { ...REFUSED, 200: schemas.health, 503: z.union([schemas.health, schemas.refusal]) },
  })
  app.get('/healthz', { schema: schema('Alive: 503 when a restart might help') }, (_, reply) =>
    said(reply, alive(checks, clock.now())),
  )
  app.get('/readyz', { schema: schema('Ready: 503 with the codes of what keeps it from its work') }, (_, reply) =>
    said(reply, ready(status(), checks, clock.now())),
  )
}

function addStatus(app: App, { clock, checks, status, ages, peers: asked }: RouteDeps): void {
  app.get('/v1/status', { schema: answers(statusSchema, 'All that stkr status knows', 'status') }, status)
  const peers = z.object({ mesh: meshSchema, peers: z.array(schemas.peer).readonly() })
  app.get('/v1/peers', { schema: answers(peers, 'Peers, mesh and what was turned away', 'status') }, async () => ({
    mesh: status().mesh,
    peers: await asked(),
  }))
  const relays = z.object({ beacon: statusSchema.shape.beacon, relays: z.array(relaySchema).readonly() })
  app.get('/v1/relays', { schema: answers(relays, 'Newest beacon and standing of the relays', 'status') }, status)
  app.get(
    '/v1/transactions',
    { schema: answers(schemas.transactions, 'Transactions that are not mined yet', 'status') },
    () => {
      const { signer, pendingTransactions, transactions, gas } = status()
      ages.oldest(pendingTransactions)
      const now = clock.now()
      const pending = transactions.map((transaction) => ({
        ...transaction,
        ageSeconds: (now - (ages.since(transaction.name) ?? now)) / 1000,
      }))
      return { signer, balance: checks.chain.outcome().value?.balance.toString(), gas, pending }
    },
  )
  app.get('/v1/workload', { schema: answers(schemas.workload, 'The node beside the sidecar', 'status') }, () => {
    const { check: _, ...line } = workloadLine(checks.workload, clock.now())
    const said = checks.workload.outcome().value
    return { ...line, node: status().node, ...(said && { status: schemas.workloadStatus.parse(plain(said)) }) }
  })
}

function addWork(app: App, { status, summary, recorder }: RouteDeps): void {
  app.get('/v1/periods', { schema: answers(schemas.periods, 'Newest periods as seen from here', 'audits') }, () => ({
    periods: recorder.periods(),
  }))
  const onePeriod = {
    ...answers(schemas.period, 'Our verdicts and the certified results of a period', 'audits'),
    params: z.object({ period: unit }),
  }
  const unknown = { response: { ...onePeriod.response, 404: schemas.refusal } }
  app.get('/v1/periods/:period', { schema: { ...onePeriod, ...unknown } }, async ({ params: { period } }) => {
    const seen = recorder.period(period)
    const leaves = await summary(period)
    if (!seen && !leaves) throw new Fault('api-unknown-period', `nothing is kept of period ${period} here`)
    return { seen, ...(leaves && { results: [...leaves] }) }
  })
  const jobs = z.object({ jobs: z.array(jobSchema).readonly() })
  app.get('/v1/jobs', { schema: answers(jobs, 'Jobs that are alive here and our bids', 'auctions') }, () => ({
    jobs: status().auctions?.jobs ?? [],
  }))
  const oneJob = answers(jobSchema, 'One job that is alive here', 'auctions')
  const job = { ...oneJob, params: z.object({ job: unit }), response: { ...oneJob.response, 404: schemas.refusal } }
  app.get('/v1/jobs/:job', { schema: job }, ({ params }) => {
    const found = status().auctions?.jobs.find(({ id }) => id === params.job)
    if (!found) throw new Fault('api-unknown-job', `job ${params.job} is not alive here: stkr job asks the chain`)
    return found
  })
}

function addEvents(app: App, { recorder, stream }: RouteDeps): void {
  const query = z.object({ after: unit.default(0), limit: number(RING).min(1).default(100) })
  const recent = {
    ...answers(schemas.events, 'Kept events after a number, oldest first', 'events'),
    querystring: query,
  }
  app.get('/v1/events/recent', { schema: recent }, ({ query: { after, limit } }) => ({
    newest: recorder.newest(),
    events: recorder.after(after, limit),
  }))
  const live = {
    summary: 'Live events (server-sent events); Last-Event-ID resumes',
    tags: ['events'],
    headers: z.object({ 'last-event-id': z.string().max(64).optional() }),
    response: { ...REFUSED, 200: text('text/event-stream', 'An event for everything that happens, named by its type') },
  }
  app.get('/v1/events', { schema: live }, (request, reply) => {
    const headers = Object.entries(reply.getHeaders()).map(([name, value]): [string, string] => [name, String(value)])
    stream.serve(reply.raw, Object.fromEntries(headers), request.headers['last-event-id'])
    void reply.hijack()
  })
}

function addDescriptions(app: App, { metrics }: RouteDeps): void {
  const scrape = {
    summary: 'Prometheus metrics (docs/metrics.md)',
    tags: ['metrics'],
    response: { ...REFUSED, 200: text('text/plain', 'Text exposition format') },
  }
  app.get('/metrics', { schema: scrape }, async (_, reply) => {
    void reply.type(metrics.contentType)
    return metrics.text()
  })
  const document = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) })
  app.get('/openapi.json', { schema: answers(document, 'This document', 'api') }, () => document.parse(app.swagger()))
}

export function addRoutes(app: FastifyInstance, deps: RouteDeps): void {
  for (const add of [addHealth, addStatus, addWork, addEvents, addDescriptions]) add(typed(app), deps)
}
