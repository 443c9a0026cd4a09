// One sidecar's own view of a blockchain node: a JSON-RPC endpoint over a real node that can be stopped, made to lag or
// to lie without touching anybody else's. Promises: in good health it changes nothing; stopped, its port refuses
// connections; bodies are bounded. It is not a gateway: it knows only the calls whose answers a fault must change.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import * as z from 'zod'
import type { NodeFaultName } from './fault-spec.ts'

export type Health = 'good' | NodeFaultName

export interface NodeView {
  readonly url: string
  readonly health: () => Health
  setHealth(health: Health): Promise<void>
  close(): Promise<void>
}

/** How far a lagging node is behind: more than any tolerance, whatever the block time. */
export const LAG_BLOCKS = 50
const BODY_MAX_BYTES = 256 * 1024
const UPSTREAM_LIMIT_MS = 5_000

/** One answer serves for so long; the workload chain has a block a second. */
const SHARED_MS = 250
const SHARED_MAX = 512

const callShape = z.object({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).optional(),
})
type Call = z.infer<typeof callShape>
const answerShape = z.object({ result: z.unknown().optional(), error: z.unknown().optional() })
type Answer = z.infer<typeof answerShape>
const quantity = z.string().regex(/^0x[0-9a-f]{1,15}$/i)
const hashShape = z.string().regex(/^0x[0-9a-f]{64}$/i)

const toQuantity = (value: number): string => `0x${Math.max(0, value).toString(16)}`
const isBlockCall = ({ method }: Call): boolean => method === 'eth_getBlockByNumber'

/** What the node says to a call, without the caller's id. */
type Ask = (call: Call) => Promise<Answer>

/** The real node, shared by all views of it. */
export interface Upstream {
  readonly ask: Ask
}

/**
 * Dozens of auditors ask the same few questions within one probe window; answers are shared for less than a block's
 * time, so that one process can stand in for a node beside each sidecar.
 */
export function createUpstream(url: string, now: () => number): Upstream {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>()
  const fetchAnswer = async (body: string): Promise<Answer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(UPSTREAM_LIMIT_MS),
    })
    return answerShape.parse(await response.json())
  }
  return {
    ask: ({ method, params = [] }) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method, params })
      const recent = known.get(body)
      if (recent && now() - recent.at < SHARED_MS) return recent.answer
      if (known.size >= SHARED_MAX) known.clear()
      const answer = fetchAnswer(body)
      known.set(body, { at: now(), answer })
      answer.catch(() => known.delete(body))
      return answer
    },
  }
}

/** As if the newest LAG_BLOCKS blocks had not arrived yet. */
async function lagging(ask: Ask, call: Call): Promise<Answer> {
  const head = await ask({ method: 'eth_blockNumber' })
  const seen = Math.max(0, Number(quantity.parse(head.result)) - LAG_BLOCKS)
  if (call.method === 'eth_blockNumber') return { result: toQuantity(seen) }
  if (!isBlockCall(call)) return ask(call)
  const [which, ...rest] = call.params ?? []
  const height = quantity.safeParse(which)
  if (height.success && Number(height.data) > seen) return { result: null }
  return ask({ ...call, params: [height.success ? which : toQuantity(seen), ...rest] })
}

/** Every block has another hash than the one everybody else knows. */
async function lying(ask: Ask, call: Call): Promise<Answer> {
  const answer = await ask(call)
  const block = z.looseObject({ hash: hashShape }).safeParse(answer.result)
  if (!isBlockCall(call) || !block.success) return answer
  const hash = `0x${[...block.data.hash.slice(2)].reverse().join('')}`
  return { result: { ...block.data, hash } }
}

async function answerTo(ask: Ask, health: Health, body: string): Promise<string> {
  const parsed: unknown = JSON.parse(body)
  const answer = async (raw: unknown): Promise<object> => {
    const call = callShape.parse(raw)
    const bent = health === 'lag' ? lagging(ask, call) : health === 'lie' ? lying(ask, call) : ask(call)
    return { ...(await bent), jsonrpc: '2.0', id: call.id ?? null }
  }
  return JSON.stringify(Array.isArray(parsed) ? await Promise.all(parsed.map(answer)) : await answer(parsed))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_MAX_BYTES) throw new Error('request too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function serve(ask: Ask, health: Health, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const answer = await answerTo(ask, health, await readBody(request))
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  } catch {
    // Whatever went wrong between here and the node, its client sees a node that cannot answer.
    response.writeHead(502, { connection: 'close' }).end()
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('bug: a TCP server has no port')
  return address.port
}

async function unlisten(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** A view of a node, on a free port of this machine. */
export async function createNodeView({ ask }: Upstream): Promise<NodeView> {
  let health: Health = 'good'
  const server = createServer((request, response) => {
    void serve(ask, health, request, response)
  })
  const port = await listen(server, 0)
  return {
    url: `http://127.0.0.1:${port}`,
    health: () => health,
    setHealth: async (next) => {
      if (next === health) return
      health = next
      if (next === 'stop') await unlisten(server)
      else if (!server.listening) await listen(server, port)
    },
    close: () => unlisten(server),
  }
}
