// The Market port on a real EVM node with the real contracts: the paper's auction from announcement to the last base unit,
// each step also when somebody else was faster, and what goes wrong under its own name.
// time limit: 120 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cursors } from '../../src/chain/events.ts'
import { createMarket } from '../../src/chain/market.ts'
import { createJobWatch } from '../../src/chain/job-watch.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import { toHex } from '../../src/core/bytes.ts'
import { epochStart, periodStart } from '../../src/core/clock.ts'
import { Fault } from '../../src/core/errors.ts'
import type { MarketJob } from '../../src/core/types.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, openOutbox, silentLog, startNetwork, systemClock } from '../support/anvil-network.ts'
import type { TestNetwork } from '../support/anvil-network.ts'
import { ANKR, MARKET, PROJECT, TIMING, bidOf, certifyBids, startMarket } from '../support/anvil-market.ts'
import type { TestMarket } from '../support/anvil-market.ts'
import { provenUp, settleJob } from '../support/anvil-jobs.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('chain/market')
let anvil: Anvil
let net: TestNetwork
let world: TestMarket

/** The next job closes so many rounds after the last one's pick. */
let newest = SCHEDULE.genesisRound

test.before(async () => {
  anvil = await startAnvil()
  // One epoch for all of it: another committee is no part of this.
  net = await startNetwork(anvil, 4, { ...SCHEDULE, epochPeriods: 400 }, 5000n, MARKET)
  world = await startMarket(net, 3)
  await net.goTo(epochStart(SCHEDULE, 0))
  const roster = await net.ledger.roster(0)
  await net.ledger.seat(0, net.beacon(epochStart(SCHEDULE, 0)), roster)
})
test.after(async () => {
  await net.outbox.stop()
  await anvil.stop()
})

/** A job that is open for bids now and closes in the same epoch. */
const openJob = async (): Promise<MarketJob> => {
  const job = await world.announce(newest + 8)
  newest = job.pickRound + 1
  return job
}

const transactions = (): Promise<number> => net.provider.getTransactionCount(net.outbox.sender)
const reasonOf = async (attempt: Promise<unknown>): Promise<unknown> => {
  const fault: unknown = await attempt.catch((error: unknown) => error)
  return fault instanceof Fault && [fault.code, fault.data['reason']]
}

const until = async (what: string, done: () => boolean) => {
  for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(done(), what)
}

let first: MarketJob
let settledList: Awaited<ReturnType<typeof certifyBids>>['list']

test('an announced job is read as it was announced, with who may bid on it', async () => {
  first = await openJob()
  assert.is(first.fixedPrice, 100n * ANKR, 'the paper’s project costs 100')
  assert.is(first.rules.reserve, 80n * ANKR, 'what is left after 10 % for each pool')
  assert.equal(first.rules, { shortlist: 1, pricing: 'vickrey', reserve: 80n * ANKR })
  assert.is(first.state, 'announced')
  assert.is(first.kind, 'ethereum')
  assert.is(first.requester, net.outbox.sender)
  assert.equal(first.requirements, PROJECT)
  assert.is(first.openingsHash, undefined)
  assert.is(first.took, undefined)
  const expected = [1, 2, 3].map((provider) => ({
    provider,
    author: provider,
    signer: net.sidecars[provider - 1]?.record.address,
  }))
  assert.equal(await world.market.bidders(first), expected)
  assert.equal(await world.market.jobs(), [first])
  assert.is(await world.market.job(99), undefined)
  assert.is(await codeRejected(world.market.commitments(first)), 'market-behind', 'more may be made')
})

test('a provider’s standing is what a new job can count on', async () => {
  const { free, freeCollateral, ceiling, tokenPrice } = await world.market.standing(2)
  assert.is(free.cpuMilliGhz, 64_000)
  assert.is(freeCollateral, 500n * ANKR)
  assert.is(ceiling, 1000n * ANKR)
  assert.equal(tokenPrice, { usd: 10n ** 8n, decimals: 8 })
})

test('a commitment on chain is found by everybody, the newest of each provider, sent once', async () => {
  const own = await world.own(2)
  const market = await world.marketOf(own)
  const earlier = await bidOf(net, first, 3, 61n * ANKR)
  const later = await bidOf(net, first, 3, 75n * ANKR)
  await market.commitBid(first, 3, earlier.bid)
  const posting = await market.commitBid(first, 3, later.bid)
  assert.is(posting.ours, true)
  assert.equal(await market.commitBid(first, 3, later.bid), posting, 'found, not sent again')
  const stranger = await world.marketOf(net)
  const foreign = await bidOf(net, first, 2, 1n)
  assert.equal(await reasonOf(stranger.commitBid(first, 2, foreign.bid)), ['market-refused', 'revert-not-bidder'])
  await own.outbox.stop()
  await net.goTo(first.closeRound - 1)
  assert.is(await codeRejected(world.market.commitments(first)), 'market-behind', 'a second before the close')
  await net.goTo(first.closeRound)
  assert.equal(await world.market.commitments(first), [{ provider: 3, bid: later.bid }])
})

test('commitments count from the first confirmed block of the close on', async () => {
  const options = { marketplace: world.marketplace, sidecars: net.contracts.sidecars, confirmations: 3 }
  const cautious = await createMarket(options, net)
  for (let mined = 0; mined < 2; mined++) {
    assert.is(await codeRejected(cautious.commitments(first)), 'market-behind', `${mined} blocks on top`)
    await anvil.rpc('evm_mine')
  }
  assert.equal(await cautious.commitments(first), await world.market.commitments(first), 'two blocks on top of it')
})

test('certified openings are stored once, whoever posts them; a list without an on-chain bid is refused', async () => {
  const bids = [await bidOf(net, first, 1, 60n * ANKR), await bidOf(net, first, 2, 70n * ANKR)]
  const committed = await bidOf(net, first, 3, 75n * ANKR)
  const roster = await net.ledger.roster(0)
  const early = await certifyBids(net, first, bids)
  assert.equal(await reasonOf(world.market.certifyOpenings(first, early.list, early.certificate, roster)), [
    'market-refused',
    'revert-not-opened-yet',
  ])
  await net.goTo(first.openRound)
  assert.equal(await reasonOf(world.market.certifyOpenings(first, early.list, early.certificate, roster)), [
    'market-refused',
    'revert-commitment-left-out',
  ])
  const { list, certificate } = await certifyBids(net, first, [...bids, committed])
  settledList = list
  const posting = await world.market.certifyOpenings(first, list, certificate, roster)
  assert.is(posting.ours, true)
  const job = await world.market.job(first.id)
  assert.is(job?.state, 'certified')
  assert.is(job?.openingsHash, toHex(certificate.content))
  const before = await transactions()
  assert.equal(await world.market.certifyOpenings(first, list, certificate, roster), posting)
  assert.is(await transactions(), before, 'nothing sent the second time')
})

test('screening says who can take the job and what each weighs', async () => {
  const screened = await world.market.screen(first, [
    { provider: 1, price: 60n * ANKR },
    { provider: 2, price: 2000n * ANKR },
  ])
  assert.equal(
    screened.map(({ provider, able }) => [provider, able]),
    [
      [1, true],
      [2, false],
    ],
    'a price above the ceiling wins nothing',
  )
  assert.ok(screened.every(({ weight }) => weight > 0))
})

test('a stranger settles the paper’s auction: 60 wins, 70 is paid; settling again finds it done', async () => {
  await net.goTo(first.pickRound)
  const stranger = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const theirs = await world.marketOf(stranger)
  const proofs = await Promise.all(
    [60n, 70n].map(async (price, i) => ({
      position: i,
      record: (await bidOf(net, first, i + 1, price * ANKR)).record,
    })),
  )
  const pick = net.beacon(first.pickRound)
  assert.equal(await reasonOf(theirs.settle(first, settledList, [], pick)), ['market-refused', 'revert-proof-missing'])
  const altered = settledList.slice(1)
  assert.equal(await reasonOf(theirs.settle(first, altered, proofs, pick)), [
    'market-refused',
    'revert-openings-mismatch',
  ])
  const posting = await theirs.settle(first, settledList, proofs, pick)
  assert.is(posting.ours, true)
  assert.equal(await world.market.settle(first, settledList, proofs, pick), { ...posting, ours: false })
  const job = await world.market.job(first.id)
  assert.is(job?.state, 'awarded')
  assert.is(job?.winner, 1)
  assert.is(job?.price, 70n * ANKR)
  assert.equal(job?.took, [0, 1, 2], 'all three were able')
  assert.is(typeof job?.openingsHash, 'string', 'the certified hash is still told')
  await stranger.outbox.stop()
})

test('the winner reports its start, once', async () => {
  const own = await world.own(0)
  const market = await world.marketOf(own)
  await market.reportStarted(first.id, 1)
  const before = await own.provider.getTransactionCount(own.outbox.sender)
  await market.reportStarted(first.id, 1)
  assert.is(await own.provider.getTransactionCount(own.outbox.sender), before, 'nothing sent the second time')
  const reported = await world.market.job(first.id)
  assert.is(reported?.state, 'reported')
  assert.is(reported?.run?.sidecar, 1)
  assert.equal(
    (await world.market.jobs()).map(({ id }) => id),
    [first.id],
    'an audit has to confirm it',
  )
  assert.is(await world.market.isEngaged(1), true, 'held for it')
  assert.is(await world.market.isEngaged(2), false)
  await own.outbox.stop()
})

test('the start counts once an audit confirms it, whoever shows that, once', async () => {
  const reported = await world.market.job(first.id)
  assert.ok(reported?.run)
  const period = reported.run.since + 1
  const leaf = await provenUp(world, period)
  newest = Math.max(newest, periodStart(SCHEDULE, period) + 1)
  const stranger = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const theirs = await world.marketOf(stranger)
  const forged = { ...leaf, leaf: { ...leaf.leaf, observers: 3 } }
  assert.equal(await reasonOf(theirs.confirm(first.id, forged)), ['market-refused', 'revert-leaf-not-in-root'])
  const posting = await theirs.confirm(first.id, leaf)
  assert.is(posting.ours, true)
  assert.equal(await world.market.confirm(first.id, leaf), { ...posting, ours: false })
  await stranger.outbox.stop()
  const running = await world.market.job(first.id)
  assert.is(running?.state, 'running')
  assert.is(running?.deadlineAt, reported.run.startedAt + PROJECT.durationSeconds)
  assert.equal(await world.market.jobs(), [], 'a running job is no auction any more')
})

test('a job that is not started is handed on to the next in line, once', async () => {
  const job = await openJob()
  const { list, proofs } = await settleJob(world, job)
  const awarded = await world.market.job(job.id)
  assert.is(awarded?.winner, 1)
  assert.ok(awarded)
  assert.equal(await reasonOf(world.market.nextInLine(awarded, list, proofs)), [
    'market-refused',
    'revert-deadline-not-passed',
  ])
  await anvil.rpc('evm_setNextBlockTimestamp', awarded.deadlineAt)
  await anvil.rpc('evm_mine')
  const posting = await world.market.nextInLine(awarded, list, proofs)
  assert.is(posting.ours, true)
  assert.equal(await world.market.nextInLine(awarded, list, proofs), posting, 'done already')
  const handed = await world.market.job(job.id)
  assert.equal([handed?.state, handed?.winner, handed?.rank], ['awarded', 2, 1])
  newest = SCHEDULE.genesisRound + 200
})

test('a bid above the reserve is void and forfeits; with no other nobody wins, which settles it too', async () => {
  await net.goTo(newest)
  const job = await openJob()
  const { posting } = await settleJob(world, job, [81n])
  assert.is(posting.ours, true)
  assert.is((await world.market.job(job.id))?.state, 'unsold')
  const { freeCollateral } = await world.market.standing(1)
  assert.is(
    freeCollateral,
    (500n - 40n - 40n) * ANKR,
    'half the reserve for the void bid, half for not starting before',
  )
})

test('what nobody settles goes back to its requester, or is listed again, only after the deadline', async () => {
  const { desk } = world
  const { marketplace } = desk.handles
  const [a, b] = [await openJob(), await openJob()]
  const refund = marketplace.call('refund', [BigInt(a.id)])
  assert.is(await codeRejected(desk.plan('refund', refund)), 'revert-deadline-not-passed')
  await anvil.rpc('evm_setNextBlockTimestamp', b.deadlineAt)
  await anvil.rpc('evm_mine')
  const steps = [await desk.plan('refund', refund)]
  assert.ok((steps[0]?.gas ?? 0n) > 21_000n, 'gas is known before anything is sent')
  await desk.send(steps)
  assert.is((await world.market.job(a.id))?.state, 'refunded')
  const close = b.pickRound + TIMING.settleRounds + 20
  const rounds = { close, open: close + 4, pick: close + 6 }
  await desk.send([await desk.planRelisting(b.id, rounds)])
  assert.is((await world.market.job(b.id))?.state, 'relisted')
  const again = (await world.market.jobs()).at(-1)
  assert.is(again?.fixedPrice, b.fixedPrice, 'listed again with what was paid')
  assert.is(again?.kind, b.kind, 'for the same workload')
  assert.is(again?.specHash, b.specHash)
  newest = close + 7
})

test('a settlement that was sent and not heard of is found again by the next process', async () => {
  const job = await openJob()
  const bids = [await bidOf(net, job, 1, 60n * ANKR)]
  const pending = createVolatilePending()
  const before = await openOutbox(anvil.url, ANVIL_KEYS[1], {}, pending)
  await net.goTo(job.openRound)
  const { list, certificate } = await certifyBids(net, job, bids)
  const roster = await net.ledger.roster(0)
  const sentBefore = await before.provider.getTransactionCount(before.outbox.sender)
  await anvil.rpc('evm_setAutomine', false)
  const lost = (await world.marketOf(before)).certifyOpenings(job, list, certificate, roster)
  const outcome = codeRejected(lost)
  await until('sent', () => before.outbox.unfinished().length > 0)
  await before.outbox.stop()
  assert.is(await outcome, 'outbox-stopped')
  await anvil.rpc('evm_setAutomine', true)
  const after = await openOutbox(anvil.url, ANVIL_KEYS[1], {}, pending)
  assert.equal(after.outbox.unfinished(), [`openings:${job.id}`])
  const posting = (await world.marketOf(after)).certifyOpenings(job, list, certificate, roster)
  await anvil.rpc('evm_mine')
  assert.is((await posting).ours, true)
  assert.is((await world.market.job(job.id))?.state, 'certified')
  assert.is(await after.provider.getTransactionCount(after.outbox.sender), sentBefore + 1, 'one transaction, not two')
  await after.outbox.stop()
})

test('changes of jobs are shown as they happen, from where the last reader stopped', async () => {
  const heights = new Map([['market', await net.provider.getBlockNumber()]])
  const cursors: Cursors = {
    get: async (name) => heights.get(name),
    set: async (name, height) => void heights.set(name, height),
  }
  const seen: [number, string][] = []
  const watching = () => {
    const { handles } = world.desk
    const deps = { provider: net.provider, handles, cursors, clock: systemClock, log: silentLog, job: world.market.job }
    const options = { confirmations: 1, pollMs: 10, fromBlock: 0, name: 'market' }
    const made = createJobWatch(options, deps, (job) => void seen.push([job.id, job.state]))
    made.start()
    return made
  }
  const before = watching()
  const job = await openJob()
  await until('announced', () => seen.some(([id, state]) => id === job.id && state === 'announced'))
  await before.stop()
  seen.length = 0
  await settleJob(world, job)
  const after = watching()
  await until('awarded', () => seen.some(([id, state]) => id === job.id && state === 'awarded'))
  await after.stop()
  assert.not.ok(
    seen.some(([, state]) => state === 'announced'),
    'what was shown is not shown again',
  )
})

const passTo = async (timestamp: number): Promise<void> => {
  await anvil.rpc('evm_setNextBlockTimestamp', timestamp)
  await anvil.rpc('evm_mine')
}

test('a disputed job waits for the government, and goes on when it says nothing', async () => {
  const { desk, market } = world
  const held = await market.heldJob(1)
  assert.equal([held?.job, held?.disputed, await market.heldJob(2)], [first.id, false, undefined])
  await desk.send([await desk.plan('dispute', desk.handles.projects.call('dispute', [BigInt(first.id)]))])
  const disputed = await market.heldJob(1)
  assert.ok(disputed?.disputed)
  assert.is((await market.job(first.id))?.state, 'disputed')
  assert.equal(await reasonOf(market.complete(first.id)), ['market-refused', 'revert-wrong-project'])
  assert.equal(await reasonOf(market.resume(first.id)), ['market-refused', 'revert-ruling-open'])
  await passTo(disputed.completableAt)
  const posting = await market.resume(first.id)
  assert.is(posting.ours, true)
  assert.equal(await market.resume(first.id), posting, 'once')
  assert.is((await market.job(first.id))?.state, 'running')
})

test('a job whose time is over is completed, once, by anybody: the paper’s split, to the base unit', async () => {
  const { projects, token } = world.desk.handles
  const X = 300n * ANKR
  await net.outbox.submit({ key: 'approve:x', ...token.call('approve', [projects.address, X]) })
  await net.outbox.submit({ key: 'profit', ...projects.call('depositProfit', [BigInt(first.id), X]) })
  await net.outbox.submit({ key: 'eth', ...projects.call('depositEth', [BigInt(first.id)]), value: 10n * ANKR })
  const stranger = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const theirs = await world.marketOf(stranger)
  await passTo((await world.market.job(first.id))?.deadlineAt ?? 0)
  assert.equal(await reasonOf(theirs.complete(first.id)), ['market-refused', 'revert-not-ended'], 'its requester may')
  await passTo((await world.market.heldJob(1))?.completableAt ?? 0)
  const posting = await theirs.complete(first.id)
  assert.is(posting.ours, true)
  assert.equal(await world.market.complete(first.id), { ...posting, ours: false })
  await stranger.outbox.stop()
  const winner = net.sidecars[0]?.record.address ?? '0x'
  assert.equal(await projects.read('creditOf', [winner]), { ankr: 70n * ANKR, eth: 0n }, 'provider')
  assert.equal(await projects.read('creditOf', [net.outbox.sender]), { ankr: 250n * ANKR, eth: 8n * ANKR }, 'requester')
  const share = { ankr: 40n * ANKR, eth: ANKR }
  for (const pool of [world.rewardPool, world.insurancePool]) {
    assert.equal(await projects.read('owedTo', [pool]), share, 'it waits')
    await net.outbox.submit({ key: `forward ${pool}`, ...projects.call('forward', [pool]) })
    assert.is(await token.read('balanceOf', [pool]), 40n * ANKR, 'it has it')
  }
  assert.is((await world.market.job(first.id))?.state, 'completed')
  assert.is(await world.market.heldJob(1), undefined, 'its sidecar is free again')
  assert.is(await world.market.isEngaged(1), false)
})

test.run()
