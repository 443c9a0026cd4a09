// The blockchain node's client against a real node, and against servers that hang, lie and send garbage without end.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex, word } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { createExecution } from '../../src/workload/execution.ts'
import { ANSWER_MAX_BYTES } from '../../src/workload/http.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('workload/execution')
const never = new AbortController().signal
let anvil: Anvil

test.before(async () => {
  anvil = await startAnvil('--chain-id', '4242')
})
test.after(() => anvil.stop())

type Answer = (method: string, response: ServerResponse, request: IncomingMessage) => void

const withServer = async (answer: Answer, run: (url: string) => Promise<void>): Promise<void> => {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => answer(/"method":"(\w+)"/.exec(body)?.[1] ?? '', response, request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const HASH = `0x${'ab'.repeat(32)}`
const GOOD: Readonly<Record<string, unknown>> = {
  web3_clientVersion: 'client/1',
  eth_chainId: '0x1',
  eth_getBlockByNumber: { number: '0x10', hash: HASH },
  net_peerCount: '0x3',
  eth_syncing: false,
}
const result = (response: ServerResponse, value: unknown) =>
  response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }))

/** Answers well but for what `wrong` says. */
const withAnswers = (wrong: Readonly<Record<string, unknown>>, run: (url: string) => Promise<void>): Promise<void> =>
  withServer((method, response) => result(response, method in wrong ? wrong[method] : GOOD[method]), run)

test('a real node: status and hashes', async () => {
  await anvil.rpc('anvil_mine', '0x5')
  const workload = createExecution({ url: anvil.url, timeoutMs: 2000 })
  const status = await workload.status(never)
  assert.equal(status.network, word(4242))
  assert.is(status.headNumber, 5)
  assert.is(status.syncDistance, 0)
  assert.match(status.client, /^anvil/)
  assert.equal(await workload.proof(5, never), status.headHash)
  assert.not.equal(await workload.proof(4, never), status.headHash)
  assert.is(await workload.proof(6, never), undefined, 'not there yet')
  assert.is(await workload.proof(-1, never), undefined)
  assert.is(await workload.proof(2 ** 60, never), undefined)
})

test('a node that is not there', async () => {
  const gone = await startAnvil()
  await gone.stop()
  const workload = createExecution({ url: gone.url, timeoutMs: 2000 })
  assert.is(await codeRejected(workload.status(never)), 'workload-unreachable')
})

test('a node that hangs is left at the time limit, or when told', async () => {
  await withServer(
    () => undefined,
    async (url) => {
      const workload = createExecution({ url, timeoutMs: 50 })
      assert.is(await codeRejected(workload.proof(1, never)), 'workload-timeout')
      const stop = new AbortController()
      const waiting = createExecution({ url, timeoutMs: 60_000 }).proof(1, stop.signal)
      stop.abort()
      const error: unknown = await waiting.catch((thrown: unknown) => thrown)
      assert.is(error instanceof Error && error.name, 'AbortError')
    },
  )
})

test('a node that never ends its answer is left at the byte limit or the time limit', async () => {
  const flood: Answer = (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  }
  const drip: Answer = (_, response) => {
    response.write('{')
  }
  await withServer(flood, async (url) => {
    assert.is(await codeRejected(createExecution({ url, timeoutMs: 5000 }).proof(1, never)), 'workload-oversized')
  })
  await withServer(drip, async (url) => {
    assert.is(await codeRejected(createExecution({ url, timeoutMs: 50 }).proof(1, never)), 'workload-timeout')
  })
  await withServer(
    (_, response) => response.end(JSON.stringify({ id: 1, result: null, more: 'x'.repeat(ANSWER_MAX_BYTES) })),
    async (url) => {
      assert.is(await codeRejected(createExecution({ url, timeoutMs: 5000 }).proof(1, never)), 'workload-oversized')
    },
  )
})

const WRONG_BODIES: readonly (readonly [what: string, body: string, code: string])[] = [
  ['empty', '', 'workload-garbled'],
  ['no JSON', '<html>', 'workload-garbled'],
  ['a list', '[]', 'workload-garbled'],
  ['null', 'null', 'workload-garbled'],
  ['another id', '{"id":2,"result":null}', 'workload-garbled'],
  ['no result', '{"id":1}', 'workload-garbled'],
  ['an error', '{"id":1,"error":{"code":-32601,"message":"no"}}', 'workload-error'],
]
for (const [what, body, code] of WRONG_BODIES)
  test(`an answer that is ${what}`, () =>
    withServer(
      (_, response) => response.end(body),
      async (url) => {
        assert.is(await codeRejected(createExecution({ url, timeoutMs: 2000 }).proof(1, never)), code)
      },
    ))

test('an error status, and a pointer elsewhere', async () => {
  await withServer(
    (_, response) => response.writeHead(503).end('busy'),
    async (url) => {
      assert.is(await codeRejected(createExecution({ url, timeoutMs: 2000 }).status(never)), 'workload-status')
    },
  )
  await withServer(
    (_, response) => response.writeHead(302, { location: anvil.url }).end(),
    async (url) => {
      assert.is(await codeRejected(createExecution({ url, timeoutMs: 2000 }).status(never)), 'workload-unreachable')
    },
  )
})

const WRONG_RESULTS: readonly (readonly [what: string, answers: Readonly<Record<string, unknown>>])[] = [
  ['a client name that is no text', { web3_clientVersion: 7 }],
  ['a chain id in decimal', { eth_chainId: '1' }],
  ['a chain id with leading zeros', { eth_chainId: '0x01' }],
  ['a chain id above 64 bits', { eth_chainId: `0x1${'0'.repeat(16)}` }],
  ['a head that is null', { eth_getBlockByNumber: null }],
  ['a head without a hash', { eth_getBlockByNumber: { number: '0x1' } }],
  ['a head whose hash is short', { eth_getBlockByNumber: { number: '0x1', hash: '0xab' } }],
  ['a head beyond safe integers', { eth_getBlockByNumber: { number: '0x20000000000000', hash: HASH } }],
  ['peers beyond 32 bits', { net_peerCount: '0x100000000' }],
  ['a sync state of true', { eth_syncing: true }],
  ['a sync state without heights', { eth_syncing: {} }],
]
for (const [what, answers] of WRONG_RESULTS)
  test(`a status with ${what} is refused`, () =>
    withAnswers(answers, async (url) => {
      assert.is(await codeRejected(createExecution({ url, timeoutMs: 2000 }).status(never)), 'workload-garbled')
    }))

test('callers who ask at the same time share one answer; one who leaves takes nothing from the others', async () => {
  let asked = 0
  const open: (() => void)[] = []
  const slow: Answer = (method, response) => {
    if (method === 'eth_chainId') asked++
    open.push(() => result(response, GOOD[method]))
    if (open.length % 5 === 0) for (const answer of open.splice(0)) answer()
  }
  await withServer(slow, async (url) => {
    const workload = createExecution({ url, timeoutMs: 2000 })
    const leaving = new AbortController()
    const left = workload.status(leaving.signal)
    const stayed = [workload.status(never), workload.status(never)]
    leaving.abort(new Error('left'))
    assert.is(await left.catch((error: unknown) => String(error)), 'Error: left')
    const [one, two] = await Promise.all(stayed)
    assert.is(one, two)
    assert.is(asked, 1)
    await workload.status(never)
    assert.is(asked, 2, 'an answer is shared, not kept')
  })
})

test('a syncing node is behind by what it says, and by one at least', async () => {
  const cases = [
    [{ currentBlock: '0x10', highestBlock: '0x20' }, 16],
    [{ currentBlock: '0x10', highestBlock: '0x10' }, 1],
  ] as const
  for (const [syncing, behind] of cases)
    await withAnswers({ eth_syncing: syncing }, async (url) => {
      const status = await createExecution({ url, timeoutMs: 2000 }).status(never)
      assert.is(status.syncDistance, behind, JSON.stringify(syncing))
    })
})

test('a long or hostile client name is cut to 64 bytes of harmless text', async () => {
  const names = ['é'.repeat(100), 'a'.repeat(63) + '😀', '\u001b[2J evil', '\ud800lone']
  for (const name of names)
    await withAnswers({ web3_clientVersion: name }, async (url) => {
      const { client } = await createExecution({ url, timeoutMs: 2000 }).status(never)
      assert.ok(Buffer.byteLength(client) <= 64, `${client} has ${Buffer.byteLength(client)} bytes`)
      assert.not.match(client, /\p{Cc}/u, client)
      assert.ok(client.isWellFormed(), client)
    })
})

test('a node that answers for another height lies', () =>
  withAnswers({}, async (url) => {
    const workload = createExecution({ url, timeoutMs: 2000 })
    assert.is(toHex((await workload.proof(16, never)) ?? new Uint8Array()), HASH)
    assert.is(await codeRejected(workload.proof(17, never)), 'workload-garbled')
  }))

test('an endpoint that hides its peers is not ill', () =>
  withServer(
    (method, response) =>
      method === 'net_peerCount' ? response.end('{"id":1,"error":{"code":-32601}}') : result(response, GOOD[method]),
    async (url) => {
      assert.is((await createExecution({ url, timeoutMs: 2000 }).status(never)).peers, 0)
    },
  ))

test('whatever a node sends, the outcome is a status or a coded refusal', async () => {
  let next: unknown
  await withServer(
    (method, response) => result(response, method === 'eth_getBlockByNumber' ? next : GOOD[method]),
    async (url) => {
      const workload = createExecution({ url, timeoutMs: 2000 })
      const seed = Date.now()
      const anything = fc.oneof(fc.jsonValue(), fc.record({ number: fc.jsonValue(), hash: fc.jsonValue() }))
      const property = fc.asyncProperty(anything, async (value) => {
        next = value
        const outcome = await workload.status(never).then(() => 'status', codeOf)
        assert.ok(['status', 'workload-garbled'].includes(outcome), `seed ${seed}: ${outcome}`)
      })
      await fc.assert(property, { seed, numRuns: 60 })
    },
  )
})

test.run()
