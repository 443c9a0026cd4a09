// `stkr status`: what people read of a status, line by line, and that no address with a key in it gets that far.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statusLines } from '../../src/cli/status.ts'
import { toJson } from '../../src/cli/outcome.ts'
import { Fault } from '../../src/core/errors.ts'
import { endpointsOf } from '../../src/endpoints.ts'
import { systemClock } from '../../src/system.ts'
import { statusNow } from '../support/api.ts'

const test = suite('cli/status')

/** As it comes over the control socket. */
const told = (changes: object = {}): unknown => JSON.parse(toJson({ ...statusNow(systemClock), ...changes }))
const line = (lines: readonly string[], name: string): readonly string[] =>
  lines.filter((one) => one.startsWith(`${name} `)).map((one) => one.slice(10).trim())

test('reach: verdict, addresses, relays, and how connections lead', () => {
  assert.equal(line(statusLines(told()), 'reach'), ['private, through 1 relays, relays for 2, 3 direct, 1 relayed'])
  const confirmed = ['/ip4/203.0.113.7/tcp/9470/p2p/12D3KooWtest']
  const reach = { verdict: 'reachable', confirmed, relays: [], relaying: 0, direct: 9, relayed: 0 }
  assert.equal(line(statusLines(told({ reach })), 'reach'), [
    'reachable, at /ip4/203.0.113.7/tcp/9470, 9 direct, 0 relayed',
  ])
})

test('endpoints: how many are well, and a line for each that is not', () => {
  const lines = statusLines(told())
  assert.equal(line(lines, 'endpoints'), ['1 of 2 rpc, 0 of 1 beacon'])
  assert.equal(line(lines, 'endpoint'), [
    'rpc slow.example asked last [rpc-slow], 4000 ms',
    'beacon relay.example silent [relay-status]',
  ])
})

test('gas and pending transactions, with their codes', () => {
  const lines = statusLines(told())
  assert.equal(line(lines, 'gas'), ['1.5 ETH, enough for 15 postings [gas-low]'])
  assert.equal(line(lines, 'pending'), ['post:7, nonce 4, signed 2 times [tx-fee-ceiling]'])
  assert.equal(line(statusLines(told({ gas: undefined, transactions: [] })), 'gas'), [])
})

test('a status of another version is refused by name', () => {
  try {
    statusLines({ peerId: 1 })
    assert.unreachable()
  } catch (error) {
    assert.is(error instanceof Fault && error.code, 'control-garbled')
  }
})

test('of endpoints and relays hosts alone are told', () => {
  const rpc = {
    host: 'rpc.example',
    state: 'silent',
    code: undefined,
    head: 7,
    latencyMs: 5,
    demoted: undefined,
    lastCode: 'rpc-timeout',
  } as const
  const relay = {
    url: 'https://user:secret@relay.example/secret-path?key=secret',
    counters: { served: 1, lied: 0, failed: 2, behind: 0, timeout: 0, cancelled: 0 },
    lastFault: 'relay-status',
    latencyMs: 9,
    failing: true,
    demoted: 'relay-demoted',
    cost: 3,
  } as const
  const found = endpointsOf([rpc], [relay])
  assert.not.match(JSON.stringify(found), /secret/)
  assert.equal(
    found.map(({ kind, host, state, code }) => [kind, host, state, code]),
    [
      ['rpc', 'rpc.example', 'silent', 'rpc-timeout'],
      ['beacon', 'relay.example', 'silent', 'relay-status'],
    ],
  )
})

test.run()
