// The RPC provider over endpoints that die, hang, lie about their chain and send garbage.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findContracts } from '../../src/chain/handles.ts'
import { ANSWER_MAX_BYTES } from '../../src/chain/endpoint.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import { Fault } from '../../src/core/errors.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { openOutbox } from '../support/anvil-network.ts'
import { codeRejected } from '../support/faults.ts'
import { startRpcDouble } from '../support/rpc-double.ts'
import type { RpcDouble } from '../support/rpc-double.ts'

const test = suite('chain/rpc')
let anvil: Anvil

const proxies: RpcDouble[] = []
const startProxy = async (target = anvil.url): Promise<RpcDouble> => {
  const made = await startRpcDouble(target)
  proxies.push(made)
  return made
}

test.before(async () => {
  anvil = await startAnvil()
})
test.after(async () => {
  for (const proxy of proxies) await proxy.stop()
  await anvil.stop()
})

const WRONG: readonly (readonly [what: string, wrong: NonNullable<RpcDouble['wrong']>])[] = [
  ['hangs', () => undefined],
  ['cuts the line', (response) => response.destroy()],
  ['is busy', (response) => response.writeHead(503).end('{}')],
  ['limits the rate', (response) => response.writeHead(429).end('{"id":1,"error":{}}')],
  ['limits the rate in words', (response) => response.end('{"id":1,"error":{"code":-32005,"message":"x"}}')],
  ['sends no JSON', (response) => response.end('<html>')],
  ['answers another request', (response) => response.end('{"id":999999,"result":"0x1"}')],
  ['sends nothing', (response) => response.end()],
  ['sends without end', (response) => response.end('x'.repeat(ANSWER_MAX_BYTES + 1))],
]
for (const [what, wrong] of WRONG)
  test(`an endpoint that ${what} is passed over, and left alone afterwards`, async () => {
    const [first, second] = [await startProxy(), await startProxy()]
    const provider = await connectRpc({ urls: [first.url, second.url], timeoutMs: 200 })
    const expected = await provider.getBlockNumber()
    first.wrong = wrong
    assert.is(await provider.getBlockNumber(), expected)
    const asked = first.requests
    assert.is(await provider.getBlockNumber(), expected)
    assert.is(first.requests, asked, 'the next request goes to the one that works')
    second.wrong = wrong
    first.wrong = undefined
    assert.is(await provider.getBlockNumber(), expected, 'and back when that one fails')
  })

test('when none answers the Fault says so, and names no path or key of an address', async () => {
  const [first, second] = [await startProxy(), await startProxy()]
  const urls = [`${first.url}/secret-key`, `${second.url}/secret-key`]
  const provider = await connectRpc({ urls, timeoutMs: 200 })
  for (const proxy of [first, second]) proxy.wrong = (response) => response.destroy()
  const fault: unknown = await provider.getBlockNumber().catch((error: unknown) => error)
  assert.is(fault instanceof Fault && fault.code, 'rpc-unreachable')
  assert.not.match(JSON.stringify(fault instanceof Fault && [fault.message, fault.data]), /secret/)
  assert.is(await codeRejected(connectRpc({ urls, timeoutMs: 200 })), 'rpc-unreachable')
})

test('an endpoint on another chain is never used', async () => {
  const other = await startAnvil('--chain-id', '99')
  const [first, second] = [await startProxy(), await startProxy(other.url)]
  const provider = await connectRpc({ urls: [first.url, second.url], timeoutMs: 500 })
  assert.is(provider.chainId, 31337n)
  first.wrong = (response) => response.destroy()
  const fault: unknown = await provider.getBlockNumber().catch((error: unknown) => error)
  assert.is(fault instanceof Fault && fault.data['last'], 'rpc-wrong-chain')
  assert.is(second.requests, 1, 'asked for its chain, nothing else')
  await other.stop()
})

test('a transaction whose answer is lost with its endpoint arrives once', async () => {
  const [first, second] = [await startProxy(), await startProxy()]
  const party = await openOutbox([first.url, second.url], ANVIL_KEYS[0])
  first.loses = 'eth_sendRawTransaction'
  const to = '0x00000000000000000000000000000000000000cc'
  const receipt = await party.outbox.submit({ key: 'lost', to, data: '0x' })
  assert.is(receipt.status, 1)
  assert.is(await party.provider.getTransactionCount(party.outbox.sender), 1)
  assert.ok(second.requests > 0, 'the second endpoint was asked')
  await party.outbox.stop()
})

test('an address without the contract is named', async () => {
  const provider = await connectRpc({ urls: [anvil.url], timeoutMs: 500 })
  const nobody = '0x00000000000000000000000000000000000000dd'
  assert.is(await codeRejected(findContracts(provider, nobody)), 'contract-missing')
})

test.run()
