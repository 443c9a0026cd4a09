// drand's HTTP API (v1) over a local chain: what any drand client expects of a relay, on node:http alone.
// Promises: future rounds are never told (425), malformed paths answer 404, other methods 405; requests, headers and
// connections are bounded, bodies never read; close() ends every connection. It keeps nothing between requests.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LocalChain } from './local-chain.ts'

export interface BeaconServerOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
}

export interface BeaconServerDeps {
  readonly chain: LocalChain
  /** Wall clock, ms. */
  readonly now: () => number
}

export interface BeaconServer {
  /** Base for drand clients: `http://host:port/<chain hash>`. */
  readonly url: string
  readonly port: number
  readonly close: () => Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly cache?: string
}

const MAX_URL_LENGTH = 256
const MAX_HEADER_BYTES = 8_192
const MAX_CONNECTIONS = 1_024
const HEADERS_TIMEOUT_MS = 5_000
const IDLE_TIMEOUT_MS = 10_000
const FOREVER = 'public, max-age=31536000, immutable'
const NEVER = 'no-store'

const notFound: Answer = { status: 404, body: { error: 'not found' } }

/** Seventeen digits and no leading zero: everything that is a safe integer ≥ 1 and little else. */
const ROUND = /^[1-9][0-9]{0,15}$/

const roundAnswer = ({ chain, now }: BeaconServerDeps, text: string): Answer => {
  const latest = chain.roundAt(now())
  if (text === 'latest') {
    if (latest === 0) return { status: 425, body: { error: 'the chain has not begun' }, cache: NEVER }
    return { status: 200, body: chain.sign(latest), cache: NEVER }
  }
  const round = Number(text)
  if (!ROUND.test(text) || !Number.isSafeInteger(round)) return notFound
  if (round > latest) return { status: 425, body: { error: 'this round is in the future' }, cache: NEVER }
  return { status: 200, body: chain.sign(round), cache: FOREVER }
}

const healthAnswer = ({ chain, now }: BeaconServerDeps): Answer => {
  const current = chain.roundAt(now())
  return { status: 200, body: { current, expected: current }, cache: NEVER }
}

const route = (deps: BeaconServerDeps, url: string): Answer => {
  if (url.length > MAX_URL_LENGTH) return { status: 414, body: { error: 'path too long' } }
  const { hash } = deps.chain.info
  const segments = (url.split('?')[0] ?? '').split('/').slice(1) // the query only ever defeats caches
  const [kind, argument, ...more] = segments[0] === hash ? segments.slice(1) : segments
  if (more.length > 0) return notFound
  if (kind === 'public' && argument !== undefined) return roundAnswer(deps, argument)
  if (argument !== undefined) return notFound
  if (kind === 'info') return { status: 200, body: deps.chain.info }
  if (kind === 'health') return healthAnswer(deps)
  if (kind === 'chains' && segments.length === 1) return { status: 200, body: [hash] }
  return notFound
}

const respond = (deps: BeaconServerDeps, request: IncomingMessage, response: ServerResponse): void => {
  const readable = request.method === 'GET' || request.method === 'HEAD'
  const answer = readable ? route(deps, request.url ?? '') : { status: 405, body: { error: 'only GET is served' } }
  const body = JSON.stringify(answer.body)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': answer.cache ?? NEVER,
    ...(readable ? {} : { connection: 'close' }), // a body may follow; it is not read
  }
  response.writeHead(answer.status, headers).end(request.method === 'HEAD' ? undefined : body)
}

/** @throws the listen error (EADDRINUSE, EACCES) if the address cannot be bound. */
export const serveBeacons = async (options: BeaconServerOptions, deps: BeaconServerDeps): Promise<BeaconServer> => {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: IDLE_TIMEOUT_MS },
    (request, response) => {
      respond(deps, request, response)
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = HEADERS_TIMEOUT_MS
  server.setTimeout(IDLE_TIMEOUT_MS)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('bug: a TCP server has no port')
  return {
    url: `http://${options.host}:${address.port}/${deps.chain.info.hash}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
