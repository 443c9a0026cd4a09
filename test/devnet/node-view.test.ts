// A sidecar's view of a node: honest when healthy, and each fault is the fault its name says.

import { createServer } from 'node:http'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createNodeView, createUpstream, LAG_BLOCKS } from '../../src/devnet/node-view.ts'

const HEAD = 100
const hashOf = (height: number): string => `0x${height.toString(16).padStart(64, '0')}`

/** A node of a hundred blocks that knows the two calls the faults change, and one they do not. */
const real = createServer((request, response) => {
  void (async () => {
    let body = ''
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString()
    const answer = ({ id, method, params = [] }: { id: number; method: string; params?: string[] }) => {
      const height = params[0] === 'latest' ? HEAD : Number(params[0])
      const block = height <= HEAD ? { number: `0x${height.toString(16)}`, hash: hashOf(height) } : null
      const results: Record<string, unknown> = {
        eth_blockNumber: `0x${HEAD.toString(16)}`,
        eth_getBlockByNumber: block,
        eth_chainId: '0x539',
      }
      return { jsonrpc: '2.0', id, result: results[method] }
    }
    const parsed = JSON.parse(body) as Parameters<typeof answer>[0] | Parameters<typeof answer>[0][]
    response.end(JSON.stringify(Array.isArray(parsed) ? parsed.map(answer) : answer(parsed)))
  })()
})

const views = suite('node views')
let url = ''
views.before(async () => {
  real.listen(0, '127.0.0.1')
  await once(real, 'listening')
  const address = real.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
views.after(() => {
  real.close()
  real.closeAllConnections()
})

const post = async (to: string, body: unknown): Promise<unknown> => {
  const response = await fetch(to, { method: 'POST', body: JSON.stringify(body) })
  return response.ok ? await response.json() : response.status
}
const call = (method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id: 7, method, params })
const block = (height: number) => ({
  jsonrpc: '2.0',
  id: 7,
  result: { number: `0x${height.toString(16)}`, hash: hashOf(height) },
})

views('in good health it says what the node says', async () => {
  const view = await createNodeView(createUpstream(url, Date.now))
  assert.equal(await post(view.url, call('eth_getBlockByNumber', 'latest', false)), block(HEAD))
  assert.equal(await post(view.url, [call('eth_chainId')]), [{ jsonrpc: '2.0', id: 7, result: '0x539' }])
  await view.close()
})

views('lagging, the newest blocks are not there yet', async () => {
  const view = await createNodeView(createUpstream(url, Date.now))
  await view.setHealth('lag')
  const seen = HEAD - LAG_BLOCKS
  assert.equal(await post(view.url, call('eth_blockNumber')), {
    jsonrpc: '2.0',
    id: 7,
    result: `0x${seen.toString(16)}`,
  })
  assert.equal(await post(view.url, call('eth_getBlockByNumber', 'latest', false)), block(seen))
  assert.equal(await post(view.url, call('eth_getBlockByNumber', '0x14', false)), block(20))
  assert.equal(await post(view.url, call('eth_getBlockByNumber', '0x5f', false)), {
    jsonrpc: '2.0',
    id: 7,
    result: null,
  })
  assert.equal(await post(view.url, call('eth_chainId')), { jsonrpc: '2.0', id: 7, result: '0x539' })
  await view.close()
})

views('lying, every hash is another', async () => {
  const view = await createNodeView(createUpstream(url, Date.now))
  await view.setHealth('lie')
  const [answer] = (await post(view.url, [call('eth_getBlockByNumber', '0x14', false)])) as [ReturnType<typeof block>]
  assert.is(answer.result.number, '0x14')
  assert.is.not(answer.result.hash, hashOf(20))
  assert.match(answer.result.hash, /^0x[0-9a-f]{64}$/)
  await view.close()
})

views('stopped, it refuses connections, and comes back at the same place', async () => {
  const view = await createNodeView(createUpstream(url, Date.now))
  await view.setHealth('stop')
  const refused = await post(view.url, call('eth_chainId')).catch((error: unknown) => error)
  assert.instance(refused, Error)
  await view.setHealth('good')
  assert.equal(await post(view.url, call('eth_blockNumber')), { jsonrpc: '2.0', id: 7, result: '0x64' })
  await view.close()
})

views('what is too large or no call at all is an error, not a crash', async () => {
  const view = await createNodeView(createUpstream(url, Date.now))
  await view.setHealth('lie')
  for (const body of [null, 3, ['x'], { method: 1 }]) assert.is(await post(view.url, body), 502, JSON.stringify(body))
  const refused = await post(view.url, 'x'.repeat(300_000)).catch(() => 502)
  assert.is(refused, 502)
  await view.setHealth('good')
  assert.equal(await post(view.url, call('eth_blockNumber')), { jsonrpc: '2.0', id: 7, result: '0x64' })
  await view.close()
})

views.run()
