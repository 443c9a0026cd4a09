// The governors of a local network decide on a real chain, on two things at the same time where two are asked for.
// time limit: 120 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { QuotesAbi } from '../../src/chain/abi/Quotes.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import { GOVERNOR_KEYS, openGovernment } from '../../src/devnet/government.ts'
import type { LocalGovernment } from '../../src/devnet/government.ts'
import { mint } from '../../src/devnet/money.ts'
import { GOVERNOR_STAKE } from '../../src/devnet/terms.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { openOutbox, startNetwork } from '../support/anvil-network.ts'
import type { Party, TestNetwork } from '../support/anvil-network.ts'

const test = suite('devnet/government')
let anvil: Anvil
let net: TestNetwork
let parties: readonly Party[]
let government: LocalGovernment

test.before(async () => {
  anvil = await startAnvil('--block-time', '1', '--mixed-mining')
  net = await startNetwork(anvil, 0)
  parties = await Promise.all(GOVERNOR_KEYS.map((key) => openOutbox(anvil.url, key)))
  const governors = parties.map(({ outbox }) => outbox)
  await mint(
    net.contracts.token,
    governors.map(({ sender }) => [sender, GOVERNOR_STAKE] as const),
    net,
  )
  government = await openGovernment(net.contracts.government, { provider: net.provider, governors })
})
test.after(async () => {
  await Promise.all([net, ...parties].map(({ outbox }) => outbox.stop()))
  await anvil.stop()
})

test('two decisions under way at once are of two proposers, and both come into force', async () => {
  const quotes = bindContract(QuotesAbi, net.contracts.quotes, net.provider)
  const { council } = government.handles
  const [rates, policy] = await Promise.all([quotes.read('rates', []), council.read('policy', [])])
  const dearer = { ...rates, cpuUsd: rates.cpuUsd + 1n }
  const harder = { ...policy, slashBps: policy.slashBps + 1 }
  await Promise.all([
    government.decide('Energy costs more', [quotes.call('setRates', [dearer])]),
    government.decide('Absence costs more', [council.call('setPolicy', [harder])]),
  ])
  assert.equal(await quotes.read('rates', []), dearer)
  assert.equal(await council.read('policy', []), harder)
})

test.run()
