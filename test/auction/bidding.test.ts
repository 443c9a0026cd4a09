import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBidding } from '../../src/auction/bidding.ts'
import type { BiddingDeps } from '../../src/auction/bidding.ts'
import { SealedBidBody } from '../../src/auction/codec.ts'
import type { Strategy } from '../../src/auction/strategy.ts'
import { codeOf, Fault } from '../../src/core/errors.ts'
import type { Market } from '../../src/core/ports.ts'
import type { Capacity, MarketJob, Network, SignedRecord } from '../../src/core/types.ts'
import { createAuctionDisk } from '../support/sim-auction-disk.ts'
import { job as priced } from '../pricing/job.ts'
import { bid } from './bids.ts'

const test = suite('auction/bidding')

const capacity: Capacity = { cpuMilliGhz: 4_000, memoryMilliGb: 16_000, storageMilliGb: 128_000 }
const none: Capacity = { cpuMilliGhz: 0, memoryMilliGb: 0, storageMilliGb: 0 }
const job: MarketJob = { ...priced, rules: { ...priced.rules, reserve: 80n } }
const strategy: Strategy = {
  costs: { cpu: 0n, memory: 0n, storage: 0n, time: 0n },
  marginBps: 0,
  heldBack: none,
  floor: 40n,
  ceiling: 90n,
  kinds: ['validator'],
}
const me = { provider: 1, author: 11, signer: '0x01' } as const
const network = { separator: new Uint8Array(32).fill(1) } as Network

/** A bidder on a disk, in a world where every step leaves a line. */
function world(changes: Partial<BiddingDeps> & { commitOnChain?: boolean } = {}, startRound = 5) {
  const lines: string[] = []
  const disk = createAuctionDisk()
  const state = { round: startRound, chainDown: false, engaged: false }
  const market = {
    isEngaged: async (sidecar: number) => state.engaged && sidecar === me.author,
    standing: async () => ({ free: capacity, freeCollateral: 80n, ceiling: 85n, tokenPrice: { usd: 1n, decimals: 0 } }),
    async commitBid() {
      lines.push('commit')
      if (state.chainDown) throw new Fault('rpc-unreachable', 'down')
      return { tx: undefined, gasUsed: 0n, ours: true }
    },
  } as unknown as Market
  const deps: BiddingDeps = {
    market,
    store: {
      ...disk.store,
      putSecret: (...args) => {
        lines.push(`secret ${args[1]}`)
        return disk.store.putSecret(...args)
      },
    },
    timelock: { seal: () => new Uint8Array(160).fill(2), open: () => new Uint8Array(32) },
    random: (length) => new Uint8Array(length).fill(7),
    pricer: undefined,
    emit: (event) => lines.push(event.type === 'bid-declined' ? `declined ${event.code}` : event.type),
    voice: {
      async say(_kind, sequence, body): Promise<SignedRecord> {
        lines.push(`say ${sequence}`)
        return { ...bid(11, sequence), body: body() }
      },
      tell: async () => undefined,
      repeat: async () => undefined,
      resend: async () => undefined,
    },
    signal: new AbortController().signal,
    round: () => state.round,
    alone: (work) => work(),
    engaged: () => none,
    rivals: () => 0,
    host: { obstacle: async () => undefined, ready: async () => true },
    stuck: (step, code) => lines.push(`stuck ${step}/${code}`),
    ...changes,
  }
  const create = () =>
    createBidding({ network, job, me, strategy, commitOnChain: changes.commitOnChain ?? false }, deps)
  return { lines, disk, state, create, bidding: create() }
}

test('secret first, then the signature, then everybody; once', async () => {
  const { bidding, lines } = world()
  await bidding.act()
  await bidding.act()
  assert.equal(lines, ['secret 0', 'say 0', 'bid-placed'])
  assert.equal(bidding.live(), { sequence: 0, price: 40n }, 'a cost of nothing bids the floor')
})

test('after a restart the stored secret is the bid, whatever would be bid now', async () => {
  const first = world({ pricer: { price: async () => 61n } })
  await first.bidding.act()
  const kept = await first.disk.store.secret(7, 0)
  assert.ok(kept)
  const again = world({ store: first.disk.store, pricer: { price: async () => 50n } })
  await again.bidding.act()
  assert.equal(again.bidding.live(), { sequence: 0, price: 61n })
  assert.equal(again.lines, ['say 0', 'bid-placed'])
  assert.is(SealedBidBody.deserialize(kept.subarray(32)).ciphertext.length, 160)
})

test('an external pricer is held to the limits, may decline, and its failure bids the own price', async () => {
  const answers: readonly [string, () => Promise<bigint | undefined>][] = [
    ['declined no-bid-pricer', async () => undefined],
    ['declined no-bid-below-floor', async () => 39n],
    ['declined no-bid-above-reserve', async () => 81n],
    ['declined no-bid-above-ceiling', async () => 86n],
    ['declined no-bid-price', async () => 1n << 96n],
    ['bid-placed', async () => 80n],
  ]
  for (const [line, price] of answers) {
    const { bidding, lines } = world({ pricer: { price } })
    await bidding.act()
    assert.is(lines.at(-1), line, line)
  }
  const failing = world({
    pricer: {
      price: async () => {
        throw new Fault('pricer-timeout', 'too slow')
      },
    },
  })
  await failing.bidding.act()
  assert.is(failing.lines[0], 'stuck price/pricer-timeout')
  assert.equal(failing.bidding.live(), { sequence: 0, price: 40n })
})

test('no time left, before or after thinking: no bid', async () => {
  const late = world({}, job.closeRound - 1)
  await late.bidding.act()
  assert.equal(late.lines, ['declined no-bid-time'])
  const slow = world({
    pricer: {
      async price() {
        slow.state.round = job.closeRound
        return 60n
      },
    },
  })
  await slow.bidding.act()
  assert.equal(slow.lines, ['declined no-bid-time'])
})

test('what other bids would need is not offered twice', async () => {
  const { bidding, lines } = world({ engaged: () => capacity })
  await bidding.act()
  assert.equal(lines, ['declined no-bid-capacity'])
})

test('a commitment on chain is tried again until it is there, and for each replacement', async () => {
  const { bidding, lines, state } = world({ commitOnChain: true })
  state.chainDown = true
  try {
    await bidding.act()
    assert.unreachable('the chain is down')
  } catch (error) {
    assert.is(codeOf(error), 'rpc-unreachable')
  }
  state.chainDown = false
  await bidding.act()
  await bidding.act()
  await bidding.replace(70n)
  assert.equal(
    lines.filter((line) => line === 'commit'),
    ['commit', 'commit', 'commit'],
  )
  assert.equal(bidding.live(), { sequence: 1, price: 70n })
})

test('replacements are three at most', async () => {
  const { bidding } = world()
  await bidding.act()
  for (const price of [41n, 42n, 43n]) await bidding.replace(price)
  try {
    await bidding.replace(44n)
    assert.unreachable('a fourth')
  } catch (error) {
    assert.is(codeOf(error), 'bid-sequence')
  }
  assert.equal(bidding.live(), { sequence: 3, price: 43n })
})

test('a job that could not run here is not bid on, whatever it pays', async () => {
  const obstacle = async (_job: unknown, rivals: number) =>
    rivals === 0 ? undefined : ({ code: 'no-bid-node-busy', detail: `${rivals} more` } as const)
  const host = { obstacle, ready: async () => true }
  const { bidding, lines } = world({ host, rivals: () => 2 })
  await bidding.act()
  assert.equal(lines, ['declined no-bid-node-busy'])
  const free = world({ host, rivals: () => 0 })
  await free.bidding.act()
  assert.ok(free.lines.includes('bid-placed'))
})

test('a sidecar that controls a node already does not bid: the contracts would not let it start', async () => {
  const { bidding, lines, state } = world()
  state.engaged = true
  await bidding.act()
  assert.equal(lines, ['declined no-bid-node-busy'])
})

test.run()
