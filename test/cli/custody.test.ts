// Delegated tokens by command line against real contracts and two real threshold groups: keys by their owners and by
// decision, a delegation through its whole term, and every refusal before anything is sent.
// time limit: 180 s
import { Interface } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CustodyAbi } from '../../src/chain/abi/Custody.ts'
import { CustodyBytecode } from '../../src/chain/bytecode/Custody.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import type { Hex } from '../../src/core/types.ts'
import { GOVERNOR_KEYS } from '../../src/devnet/government.ts'
import { ANKR } from '../support/anvil-market.ts'
import { runCli } from '../support/cli.ts'
import { groupFrom, signWith } from '../support/frost-group.ts'
import type { FrostGroup } from '../support/frost-group.ts'
import { TIMELOCK_SECONDS, VOTING_SECONDS, ownerKey, startPeople } from '../support/people.ts'
import type { People, Person, Said } from '../support/people.ts'

const test = suite('cli/custody')
const DAY = 86_400
const RECEIVER: Hex = `0x${'0e'.repeat(20)}`
const own = groupFrom({ min: 2, max: 3 }, 'cli provider')
const system = groupFrom({ min: 2, max: 3 }, 'cli governors')
const [ownKey, systemKey] = [toHex(own.key), toHex(system.key)]

let people: People
let user: Person
let owner: Person
let governors: readonly Person[]

const where = (): readonly string[] => ['--custody', people.world.custody]
const custody = (...argv: readonly string[]): Promise<Said> => people.ok('custody', ...argv, ...where())
const refused = (...argv: readonly string[]): Promise<unknown> => people.refused('custody', ...argv, ...where())
const text = (...argv: readonly string[]): Promise<string> => people.text('custody', ...argv, ...where())
const gov = (...argv: readonly string[]): Promise<Said> =>
  people.ok('gov', ...argv, '--government', people.world.government, ...where())
const sign = (group: FrostGroup, digest: unknown): Hex => toHex(signWith(group, fromHex(String(digest))))

/** The custody of another network. */
async function foreign(): Promise<Hex> {
  const { token, sidecars, timelock, net } = people.world
  const args = new Interface(JSON.stringify(CustodyAbi)).encodeDeploy([
    { token, providers: sidecars, authority: timelock },
  ])
  const data = `${CustodyBytecode}${args.slice(2)}` as Hex
  const { contractAddress } = await net.outbox.submit({ key: 'foreign', data })
  return contractAddress as Hex
}

test.before(async () => {
  people = await startPeople(1)
  user = await people.person('user', `0x${'22'.repeat(32)}`)
  owner = await people.person('owner', ownerKey(people))
  governors = await Promise.all(GOVERNOR_KEYS.map((key, i) => people.person(`governor${i}`, key)))
  await people.mint(user.address, 100n * ANKR)
  for (const { address } of governors) await people.mint(address, 5_000n * ANKR)
})
test.after(async () => people.stop())

test('without keys there is nothing to delegate to', async () => {
  assert.match(await text('show'), /^the system +no key yet\nnothing delegated among the newest 50$/)
  assert.is(await refused('delegate', '1', '5', 'eth', '--term', '30d', ...user.looks), 'custody-key-missing')
  assert.is(await people.refused('custody', 'show'), 'usage', 'no address')
  assert.is(await people.refused('custody', 'show', '--custody', people.world.token), 'revert-unnamed')
  assert.is(await refused('set-key', '9', ownKey), 'usage', 'no such provider')
})

test('a provider’s group shows that it can sign, then its owner sets the key', async () => {
  const asked = await custody('set-key', '1', ownKey)
  assert.equal([asked['group'], asked['epoch']], [1, 1])
  assert.match(await text('set-key', '1', ownKey), new RegExp(`\ndigest {5}${String(asked['digest'])}$`))
  const proof = sign(own, asked['digest'])
  assert.is(await refused('set-key', '1', ownKey, '--proof', proof), 'usage', 'nobody pays')
  assert.is(await refused('set-key', '1', systemKey, '--proof', proof, ...owner.looks), 'check-group-signature')
  assert.is(await refused('set-key', '1', ownKey, '--proof', '0x12', ...owner.looks), 'usage')
  assert.is(await refused('set-key', '1', ownKey, '--proof', proof, ...user.pays), 'revert-not-provider-owner')
  const dry = await text('set-key', '1', ownKey, '--proof', proof, ...owner.looks)
  assert.match(dry, /^would send {2}set key +up to [\d,]+ gas\nnothing was sent/)
  await custody('set-key', '1', ownKey, '--proof', proof, ...owner.pays)
  assert.match(await text('show', '--provider', '1'), new RegExp(`provider 1 +${ownKey}, key number 1, since 20`))
})

test('the system’s key is set by decision', async () => {
  const { digest } = await custody('set-key', 'system', systemKey)
  const proof = sign(system, digest)
  assert.is(await refused('set-key', 'system', systemKey, '--proof', proof, ...owner.pays), 'usage')
  for (const { pays } of governors) await gov('accept', ...pays)
  const [first] = governors
  assert.ok(first)
  const why = ['--text', 'the key of the first council']
  const propose = ['gov', 'propose', 'system-key', systemKey, proof, ...why, '--government', people.world.government]
  assert.is(await people.refused(...propose, ...first.looks), 'custody-unknown')
  assert.is(await people.refused(...propose, '--custody', await foreign(), ...first.looks), 'custody-mismatch')
  const other = sign(own, digest)
  const wrong = await people.refused(
    ...['gov', 'propose', 'system-key', systemKey, other, ...why, '--government', people.world.government],
    ...[...where(), ...first.looks],
  )
  assert.is(wrong, 'check-group-signature')
  const said = await gov('propose', 'system-key', systemKey, proof, ...why, ...first.pays)
  assert.equal(said['refusals'], [null])
  assert.equal((said['calls'] as Said[])[0]?.['args'], { key: systemKey, possession: proof })
  await people.wait(1)
  for (const { pays } of governors) await gov('vote', '0', 'for', ...pays)
  await people.wait(VOTING_SECONDS)
  await gov('queue', '0', ...first.pays)
  await people.wait(TIMELOCK_SECONDS)
  await gov('execute', '0', ...first.pays)
  assert.match(await text('show'), new RegExp(`^the system +${systemKey}, key number 1`))
})

test('delegating: what is wrong is refused, then steps are shown, then sent', async () => {
  const terms = ['--term', '30d']
  assert.is(await refused('delegate', '1', '5', 'doge', ...terms, ...user.pays), 'usage')
  assert.is(await refused('delegate', '1', '0', 'eth', ...terms, ...user.pays), 'usage')
  assert.is(await refused('delegate', '1', '5', 'eth', '--term', 'long', ...user.pays), 'usage')
  assert.is(await refused('delegate', '1', '5', 'eth', '--term', '1h', ...user.pays), 'revert-term-out-of-bounds')
  assert.is(await refused('delegate', '2', '5', 'eth', ...terms, ...user.pays), 'custody-key-missing')
  assert.is(await refused('delegate', '1', '101', 'ankr', ...terms, ...user.pays), 'token-short')
  const dry = await text('delegate', '1', '12.5', 'eth', ...terms, ...user.looks)
  assert.match(dry, /^delegates 12.5 ETH to provider 1 for 30 d: before that you cannot take it back\nwould send/)
  assert.match(dry, /up to [\d,]+ gas, 12.5 ETH\nnothing was sent/)
  await custody('delegate', '1', '12.5', 'eth', ...terms, ...user.pays)
  await custody('delegate', '1', '60', 'ankr', ...terms, ...user.pays)
  const { delegations } = await custody('show', '--account', user.address)
  assert.equal(
    (delegations as Said[]).map(({ id, money, amount }) => [id, money, amount]),
    [
      ['1', 'ETH', String((25n * ANKR) / 2n)],
      ['2', 'ANKR', String(60n * ANKR)],
    ],
  )
  assert.equal((await custody('show', '--account', owner.address))['delegations'], [])
  assert.match(await text('show'), /1 {2}12.5 ETH +of 0x\w+ with provider 1 {2}0 moves {2}for 29 d 23 h/)
})

test('a move: its digest in words, both signatures, sent by anybody', async () => {
  const wanted = ['1', RECEIVER, '4'] as const
  const words = await text('digest', ...wanted, '--valid', '12h')
  assert.match(
    words,
    /^move +4 ETH of delegation 1 to 0x0e\w+; 8.5 ETH are left\nowner +0x\w+, with provider 1\nnonce +0/,
  )
  const made = await custody('digest', ...wanted)
  const deadline = String((made['move'] as Said)['deadline'])
  assert.is((await custody('digest', ...wanted, '--deadline', deadline))['digest'], made['digest'])
  assert.is(await refused('digest', ...wanted, '--deadline', deadline, '--valid', '1d'), 'usage')
  assert.is(await refused('digest', '9', RECEIVER, '4'), 'revert-unknown-delegation')
  const [byProvider, bySystem] = [sign(own, made['digest']), sign(system, made['digest'])]
  const both = (p: string, s: string, at = deadline) => ['--by-provider', p, '--by-system', s, '--deadline', at]
  assert.is(await refused('move', ...wanted, ...both(byProvider, byProvider), ...owner.pays), 'check-group-signature')
  assert.is(await refused('move', ...wanted, ...both(bySystem, byProvider), ...owner.pays), 'check-group-signature')
  assert.is(await refused('move', ...wanted, ...both(byProvider, '0x00'), ...owner.pays), 'usage')
  assert.is(await refused('move', ...wanted, ...both(byProvider, bySystem, 'soon'), ...owner.pays), 'usage')
  const other = ['1', RECEIVER, '4.1'] as const
  assert.is(await refused('move', ...other, ...both(byProvider, bySystem), ...owner.pays), 'check-group-signature')
  const dry = await text('move', ...wanted, ...both(byProvider, bySystem), ...owner.looks)
  assert.match(dry, /^move +4 ETH of delegation 1 .*\n(?:.*\n)+would send {2}move +up to [\d,]+ gas\nnothing was sent/)
  assert.is(await people.world.net.provider.getBalance(RECEIVER), 0n)
  await custody('move', ...wanted, ...both(byProvider, bySystem), ...owner.pays)
  assert.is(await people.world.net.provider.getBalance(RECEIVER), 4n * ANKR)
  assert.is(
    await refused('move', ...wanted, ...both(byProvider, bySystem), ...owner.pays),
    'check-group-signature',
    'the next move is another',
  )
  const offline = ['verify', '--key', ownKey, '--digest', String(made['digest']), '--signature'] as const
  const good = await runCli('custody', ...offline, byProvider)
  assert.equal([good.code, good.out], [0, `signed by the group of ${ownKey}`])
  assert.is((await runCli('custody', ...offline, bySystem)).code, 1)
  assert.is((await runCli('custody', ...offline, '0x12')).code, 2)
})

test('a new key: nothing moves until the owner accepts it', async () => {
  const next = groupFrom({ min: 2, max: 2 }, 'cli next')
  const { digest } = await custody('set-key', '1', toHex(next.key))
  await custody('set-key', '1', toHex(next.key), '--proof', sign(next, digest), ...owner.pays)
  assert.is(await refused('digest', '1', RECEIVER, '1'), 'custody-keys-changed')
  assert.match(await text('show'), /for 29 d \d+ h; a key was changed: moves nothing until its owner accepts/)
  assert.is(await refused('accept', '1', ...owner.pays), 'revert-not-delegator')
  assert.match(await text('accept', '1', ...user.looks), new RegExp(`provider 1 +${toHex(next.key)}, key number 2`))
  await custody('accept', '1', ...user.pays)
  assert.equal(((await custody('digest', '1', RECEIVER, '1'))['move'] as Said)['providerEpoch'], 2)
})

test('after the term its owner takes back what is left', async () => {
  assert.is(await refused('take-back', '1', ...user.pays), 'revert-term-running')
  await people.wait(31 * DAY)
  assert.is(await refused('take-back', '1', ...owner.pays), 'revert-not-delegator')
  assert.match(await text('take-back', '1', ...user.looks), /^pays 8.5 ETH to 0x\w+\nwould send {2}take back/)
  await custody('take-back', '1', '--to', RECEIVER, ...user.pays)
  await custody('take-back', '2', ...user.pays)
  assert.is(await people.world.net.provider.getBalance(RECEIVER), (25n * ANKR) / 2n)
  assert.is(await refused('take-back', '1', ...user.pays), 'revert-nothing-left')
})

test.run()
