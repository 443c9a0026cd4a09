// The OpenAPI document against the handlers: every route in it answers, and every real answer validates against the schema
// that it names. The document is checked with JSON Schema as zod reads it, so nothing of ours judges itself.
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as z from 'zod'
import { ask, startApi } from '../support/api.ts'
import type { RunningApi } from '../support/api.ts'

const content = z.record(z.string(), z.object({ schema: z.looseObject({}) }))
const operation = z.object({
  summary: z.string().min(1),
  tags: z.array(z.string()).min(1),
  responses: z.record(z.string(), z.object({ content: content.optional() })),
})
const documentShape = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.object({ get: operation }).strict()),
})

const openapi = suite('api: OpenAPI')
let open: RunningApi
let paths: z.infer<typeof documentShape>['paths']
openapi.before(async () => {
  open = await startApi()
  open.api.note({ type: 'period-started', period: 7, members: 8, targets: [4, 5] })
  open.api.note({ type: 'posted', period: 6, root: '0xaa', tx: '0xbb', gasUsed: 5n, ours: true })
  paths = documentShape.parse((await ask(`${open.url}/openapi.json`)).json).paths
})
openapi.after(() => open.stop())

const PARAMS: Readonly<Record<string, string>> = { '{period}': '7', '{job}': '9' }
const concrete = (path: string): string => path.replaceAll(/\{\w+\}/g, (name) => PARAMS[name] ?? name)

const ROUTES = [
  ...[
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/v1/events',
    '/v1/events/recent',
    '/v1/jobs',
    '/v1/jobs/{job}',
  ],
  ...[
    '/v1/peers',
    '/v1/periods',
    '/v1/periods/{period}',
    '/v1/relays',
    '/v1/status',
    '/v1/transactions',
    '/v1/workload',
  ],
]

openapi('lists exactly the routes there are', () => {
  assert.equal(Object.keys(paths).toSorted(), ROUTES.toSorted())
})

const schemaFor = (path: string, status: number, type: string): z.ZodType => {
  const found = paths[path]?.get.responses[String(status)]?.content?.[type]?.schema
  assert.ok(found, `${path} documents no ${status} of ${type}`)
  return z.fromJSONSchema(found)
}

/** Like `ask`, and for streams that do not end: the head and the first bytes. */
const begin = (url: string): Promise<{ status: number; type: string; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, (response: IncomingMessage) => {
      response.once('data', (chunk: Buffer) => {
        const type = (response.headers['content-type'] ?? '').split(';')[0] ?? ''
        resolve({ status: response.statusCode ?? 0, type, text: chunk.toString() })
        response.destroy()
      })
    })
    sent.once('error', reject)
    sent.end()
  })

for (const path of ROUTES)
  openapi(`${path} answers as documented`, async () => {
    const url = `${open.url}${concrete(path)}`
    const { status, type, text } = await begin(url)
    const live = path === '/v1/events'
    const body: unknown = type === 'application/json' ? (await ask(url)).json : text
    if (path !== '/readyz' && path !== '/healthz') assert.is(status, 200)
    assert.is(type, live ? 'text/event-stream' : path === '/metrics' ? 'text/plain' : 'application/json')
    const parsed = schemaFor(path, status, type).safeParse(body)
    assert.ok(parsed.success, parsed.error?.message)
  })

openapi('refusals answer as documented', async () => {
  const refusals: readonly (readonly [path: string, url: string, status: number])[] = [
    ['/v1/periods/{period}', '/v1/periods/x', 400],
    ['/v1/periods/{period}', '/v1/periods/3', 404],
    ['/v1/jobs/{job}', '/v1/jobs/3', 404],
    ['/v1/events/recent', '/v1/events/recent?limit=0', 400],
  ]
  for (const [path, url, status] of refusals) {
    const said = await ask(`${open.url}${url}`)
    assert.is(said.status, status)
    assert.ok(schemaFor(path, status, 'application/json').safeParse(said.json).success, url)
  }
})

openapi('the schemas say something: a wrong answer does not pass', async () => {
  for (const path of ['/v1/status', '/v1/periods/{period}', '/v1/jobs/{job}', '/readyz'])
    assert.not(schemaFor(path, 200, 'application/json').safeParse({ ok: 'yes', seen: 5 }).success, path)
})

openapi.run()
