// The government by command line against real contracts: governors take their seats, propose in every form, vote, queue and
// execute; who does not vote is punished; a candidate is elected.
// time limit: 180 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MarketplaceAbi } from '../../src/chain/abi/Marketplace.ts'
import { QuotesAbi } from '../../src/chain/abi/Quotes.ts'
import { TiersAbi } from '../../src/chain/abi/Tiers.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import type { Hex } from '../../src/core/types.ts'
import { GOVERNOR_KEYS } from '../../src/devnet/government.ts'
import { ANKR } from '../support/anvil-market.ts'
import { TIMELOCK_SECONDS, VOTING_SECONDS, startPeople } from '../support/people.ts'
import type { People, Person, Said } from '../support/people.ts'

const test = suite('cli/gov')
let people: People
let governors: readonly Person[]
let candidate: Person
const where = (): readonly string[] => ['--government', people.world.government]
const gov = (...argv: readonly string[]): Promise<Said> => people.ok('gov', ...argv, ...where())
const refused = (...argv: readonly string[]): Promise<unknown> => people.refused('gov', ...argv, ...where())
const text = (...argv: readonly string[]): Promise<string> => people.text('gov', ...argv, ...where())

const governor = (index: number): Person => {
  const found = governors[index]
  if (!found) throw new Error(`no governor ${index}`)
  return found
}
const CANDIDATE_KEY: Hex = `0x${'11'.repeat(32)}`

test.before(async () => {
  people = await startPeople(1)
  governors = await Promise.all(GOVERNOR_KEYS.map((key, i) => people.person(`governor${i}`, key)))
  candidate = await people.person('candidate', CANDIDATE_KEY)
})
test.after(async () => people.stop())

const councilOf = async (): Promise<{ seats: Said[]; candidates: Said[]; phase: string; electionAt: number }> =>
  (await gov('council'))['council'] as never
const decisionOf = async (number: number): Promise<Said> => (await gov('show', String(number)))['decision'] as Said
const stateOf = async (number: number): Promise<unknown> => (await decisionOf(number))['state']

/** From proposed to executed by the votes of all. */
async function carry(number: number): Promise<void> {
  await people.wait(1)
  for (const { pays } of governors) await gov('vote', String(number), 'for', ...pays)
  await letPass()
  await gov('queue', String(number), ...governor(0).pays)
  await people.wait(TIMELOCK_SECONDS)
  await gov('execute', String(number), ...governor(0).pays)
  assert.is(await stateOf(number), 'executed')
}

/** Lets a vote end without a word. */
const letPass = (): Promise<void> => people.wait(VOTING_SECONDS)

test('before anybody governs it says so', async () => {
  assert.equal((await gov('list'))['decisions'], [])
  assert.match(await text('list'), /no decisions yet/)
  assert.match(await text('council'), /initialization: 0 of 3 invited have accepted/)
  assert.is(await refused('show', '0'), 'decision-unknown')
  assert.is(await refused('show', 'one'), 'usage')
  assert.is(await people.refused('gov', 'list'), 'usage', 'no address at all')
  assert.is(await people.refused('gov', 'list', '--government', '0x12'), 'config-invalid')
  assert.is(await people.refused('gov', 'list', '--government', people.world.token), 'revert-unnamed')
})

test('the invited accept their seats; the stake is topped up on the way', async () => {
  const first = governor(0)
  assert.is(await refused('accept', ...first.looks), 'token-short')
  for (const { address } of governors) await people.mint(address, 5_000n * ANKR)
  const dry = await text('accept', ...first.looks)
  assert.match(dry, /would send {2}approve .*\nwould send {2}deposit .*\nwould send {2}accept .*\nnothing was sent/)
  for (const { pays } of governors) await gov('accept', ...pays)
  const { seats, phase } = await councilOf()
  assert.equal([seats.length, phase], [3, 'initialization'])
  assert.equal(seats[0]?.['stake'], String(1_000n * ANKR))
  assert.is(await refused('accept', ...candidate.looks), 'token-short')
  await people.mint(candidate.address, 5_000n * ANKR)
  await gov('deposit', '1000', ...candidate.pays)
  assert.is(await refused('accept', ...candidate.pays), 'revert-not-invited')
})

test('the same government is found from the marketplace', async () => {
  const { council } = await people.ok('gov', 'council', '--marketplace', people.world.marketplace)
  assert.is((council as { seats: unknown[] }).seats.length, 3)
})

test('rates: proposed, read by everybody, voted, queued, executed', async () => {
  const ask = ['propose', 'rates', '--cpu-usd', '5.5', '--text', 'Energy costs \u001b[2Jmore'] as const
  await people.wait(1)
  const dry = await text(...ask, ...governor(0).looks)
  assert.match(dry, /call 1 +Quotes\.setRates\(rates_: \{cpuUsd: 5500000000000000000 \(5\.5e18\), memoryUsd: /)
  assert.match(dry, /would send {2}propose.*\nnothing was sent/)
  assert.is(await refused(...ask, ...candidate.pays), 'revert-governor-insufficient-proposer-votes')
  const proposed = await gov(...ask, ...governor(0).pays)
  assert.equal(proposed['refusals'], [null])
  assert.is(
    await refused('propose', 'rates', '--cpu-usd', '6', '--text', 'again', ...governor(0).pays),
    'revert-proposal-still-open',
  )
  await people.wait(1)
  const view = await decisionOf(0)
  assert.equal([view['state'], view['proposal'], view['quorum'], view['seats']], ['active', proposed['proposal'], 2, 3])
  const shown = await text('show', '0')
  assert.match(shown, /text +Energy costs \uFFFD\[2Jmore/, 'nobody writes to the terminal')
  assert.match(shown, /not voted +(0x\w{40} ?){3}/)
  assert.is(await refused('vote', '0', 'yes', ...governor(0).pays), 'usage')
  assert.is(await refused('vote', '0', 'for', ...candidate.pays), 'revert-not-governor')
  assert.is(await refused('queue', '0', ...governor(0).pays), 'revert-governor-unexpected-proposal-state')
  await gov('vote', '0', 'for', '--reason', 'fair', ...governor(0).pays)
  assert.is(await refused('vote', '0', 'for', ...governor(0).pays), 'revert-governor-already-cast-vote')
  await gov('vote', '0', 'abstain', ...governor(1).pays)
  await gov('vote', '0', 'against', ...governor(2).pays)
  assert.match(await text('list'), /0 {2}active +1 for, 1 against, 1 abstained; quorum 2 of 2/)
  await letPass()
  assert.is(await stateOf(0), 'defeated', 'as many against')
  assert.is(await refused(...ask, ...governor(0).pays), 'proposal-exists')
  await gov('propose', 'rates', '--cpu-usd', '5.5', '--text', 'Once more', ...governor(0).pays)
  await carry(1)
  const quotes = bindContract(QuotesAbi, people.world.quotes, people.world.net.provider)
  assert.equal(await quotes.read('rates', []), {
    cpuUsd: (55n * ANKR) / 10n,
    memoryUsd: (1075n * ANKR) / 1000n,
    storageUsd: ANKR / 10n,
  })
})

test('a policy keeps what is not named; what would be refused is said before', async () => {
  const propose = ['propose', 'policy', 'Marketplace'] as const
  assert.is(await refused(...propose, 'shortlist=3', ...governor(1).looks), 'usage', 'no text')
  const why = ['--text', 'three are better than one'] as const
  assert.is(await refused(...propose, 'shortlist', ...why, ...governor(1).looks), 'usage')
  assert.is(await refused(...propose, 'shortList=3', ...why, ...governor(1).looks), 'call-argument')
  assert.is(await refused(...propose, 'shortlist=300', ...why, ...governor(1).looks), 'call-argument')
  assert.is(await refused('propose', 'policy', 'Token', 'a=1', ...why, ...governor(1).looks), 'call-unknown')
  const bad = await gov(...propose, 'rewardBps=90%', ...why, ...governor(1).looks)
  assert.match(String((bad['refusals'] as unknown[])[0]), /^revert-/)
  await gov(...propose, 'shortlist=3', 'startSeconds=10m', ...why, ...governor(1).pays)
  await carry(2)
  const market = bindContract(MarketplaceAbi, people.world.marketplace, people.world.net.provider)
  const { shortlist, startSeconds, rewardBps } = await market.read('policy', [])
  assert.equal([shortlist, startSeconds, rewardBps], [3, 600, 1000])
})

test('providers: qualified as they apply, trusted, disqualified', async () => {
  const why = ['--text', 'because'] as const
  assert.is(await refused('propose', 'qualify', '9', ...why, ...governor(1).looks), 'provider-unknown')
  assert.is(await refused('propose', 'qualify', '1', ...why, ...governor(1).looks), 'not-applied')
  assert.is(await refused('propose', 'tier', '1', 'semi', ...why, ...governor(1).looks), 'usage', 'no stake')
  assert.is(await refused('propose', 'rule', '1', 'maybe', '5', ...why, ...governor(1).looks), 'usage')
  const ruling = await gov('propose', 'rule', '1', 'delivered', '5', ...why, ...governor(1).looks)
  assert.equal(ruling['refusals'], ['revert-wrong-project'])
  const { calls } = await gov('propose', 'tier', '1', 'semi', '--stake', '4', ...why, ...governor(1).pays)
  assert.equal((calls as Said[])[0]?.['args'], { id: 1, tier: 1, stake: String(4n * ANKR) })
  await carry(3)
  const tiers = bindContract(TiersAbi, people.world.tiers, people.world.net.provider)
  assert.is(await tiers.read('stakeRequired', [1]), 4n * ANKR)
  await people.ok(
    ...['provider', 'apply', '--brand', 'New', '--cpu', '4', '--ceiling', '9'],
    ...['--marketplace', people.world.marketplace, ...candidate.pays],
  )
  const qualify = await gov('propose', 'qualify', '2', ...why, ...governor(0).looks)
  const [call] = qualify['calls'] as Said[]
  assert.equal((call?.['args'] as Said)['brand'], 'New')
  assert.equal(qualify['refusals'], [null])
})

test('a file of calls, and any function of any contract', async () => {
  const why = ['--text', 'because'] as const
  const file = (content: unknown): string => people.file('calls.json', JSON.stringify(content))
  for (const bad of [[], {}, [{ contract: 'Quotes' }], [{ to: '0x12', data: '0x' }], [{ to: 1 }]])
    assert.is(await refused('propose', 'file', file(bad), ...why, ...governor(1).looks), 'usage', JSON.stringify(bad))
  assert.is(await refused('propose', 'file', people.file('bad.json', '['), ...why, ...governor(1).looks), 'usage')
  assert.is(await refused('propose', 'call', 'Quotes', 'setPrices', ...why, ...governor(1).looks), 'call-unknown')
  assert.is(
    await refused('propose', 'call', 'Quotes', 'setFeed', '0x12', '1h', ...why, ...governor(1).looks),
    'call-argument',
  )
  assert.is(await refused('propose', 'call', 'Quotes', 'setRates', '{"cpuUsd"', ...why, ...governor(1).looks), 'usage')
  const rates = { cpuUsd: '5 USD', memoryUsd: '1 USD', storageUsd: '0.1 USD' }
  const both = [
    { contract: 'quotes', function: 'setRates', args: [rates] },
    { to: people.world.tiers, data: '0x12345678' },
  ]
  const planned = await gov('propose', 'file', file(both), ...why, ...governor(1).looks)
  const [first, second] = planned['calls'] as Said[]
  assert.equal([first?.['contract'], first?.['function']], ['Quotes', 'setRates'])
  assert.equal([second?.['contract'], second?.['function'] ?? null, second?.['data']], ['Tiers', null, '0x12345678'])
  assert.match(
    await text('propose', 'file', file(both), ...why, ...governor(1).looks),
    /Tiers 0x\w+ with data 0x12345678/,
  )
})

test('who misses three votes in a row is punished, and loses the seat below the least stake', async () => {
  const idle = governor(2)
  assert.is(await refused('punish', idle.address, ...candidate.pays), 'not-absent')
  for (const number of [4, 5, 6]) {
    await gov('propose', 'rates', '--cpu-usd', '5', '--text', `number ${number}`, ...governor(0).pays)
    await people.wait(1)
    for (const { pays } of [governor(0), governor(1)]) await gov('vote', String(number), 'against', ...pays)
    await letPass()
  }
  assert.match(await text('council'), /missed 3 votes in a row: stkr gov punish takes 100 ANKR/)
  const { absence } = await gov('punish', idle.address, ...candidate.pays)
  assert.equal(absence, { first: 4, stake: String(1000n * ANKR), slashed: String(100n * ANKR), losesSeat: true })
  assert.is((await councilOf()).seats.length, 2)
  assert.is(await refused('punish', idle.address, ...candidate.pays), 'not-absent', 'once')
})

test('a candidate stands, is elected, leaves, and gets its stake back', async () => {
  assert.is(await refused('elect', ...candidate.pays), 'revert-election-not-due')
  await gov('stand', ...candidate.pays)
  assert.is(await refused('stand', ...candidate.pays), 'revert-already-candidate')
  assert.match(
    await text('council'),
    new RegExp(`candidate +${candidate.address} {2}stake 1000, votes 1000, candidacy 1`),
  )
  const { electionAt } = await councilOf()
  await people.world.net.anvil.rpc('evm_setNextBlockTimestamp', electionAt + 1)
  await people.world.net.anvil.rpc('evm_mine')
  await gov('elect', ...candidate.pays)
  const { seats, phase } = await councilOf()
  assert.is(phase, 'automated')
  assert.ok(seats.some(({ account }) => account === candidate.address))
  assert.is(await refused('withdraw', '1000', ...candidate.pays), 'revert-stake-bound')
  await gov('leave', 'seat', ...candidate.pays)
  await gov('leave', 'candidacy', ...candidate.pays)
  assert.is(await refused('leave', 'office', ...candidate.pays), 'usage')
  assert.is(await refused('withdraw', ...candidate.pays), 'usage')
  await gov('withdraw', '1000', ...candidate.pays)
  assert.is(await refused('withdraw', '--finish', ...candidate.pays), 'revert-still-bound')
  await people.wait(601)
  const paid = await text('withdraw', '--finish', ...candidate.pays)
  assert.match(paid, /pays 1000 ANKR/)
  const { account } = await gov('council', '--account', candidate.address)
  assert.equal(account, { account: candidate.address, stake: '0', withdrawing: '0', unlocksAt: 0 })
})

test.run()
