// What everybody has, as lines: nobody is left out, nothing is shown as something.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { economyLines } from '../../src/devnet/economy-view.ts'

const test = suite('devnet/economy-view')
const ONE = 10n ** 18n
const none = { ankr: 0n, eth: 0n }

test('pools first, then each account with what it has of jobs and of the Reward Pool', () => {
  const account = '0x00'
  const lines = economyLines({
    rewardPool: { ankr: 40n * ONE, eth: ONE / 10n },
    insurancePool: { ankr: 40n * ONE, eth: 0n },
    profitStaked: 100n * ONE,
    shares: [
      { who: 'provider 1', account, jobs: { ankr: 70n * ONE, eth: 0n }, rewards: { ankr: ONE / 2n, eth: ONE / 8n } },
      { who: 'provider 2', account, jobs: none, rewards: none },
      { who: 'governor 1', account, jobs: none, rewards: { ankr: 4n * ONE, eth: 0n } },
    ],
  })
  assert.equal(lines, [
    'Reward Pool: given 40 ANKR and 0.1 ETH',
    'Insurance Pool: given 40 ANKR',
    'staked out of profit: 100 ANKR',
    'provider 1: 70 ANKR of jobs, 0.5 ANKR and 0.125 ETH of the Reward Pool',
    'provider 2: nothing',
    'governor 1: 4 ANKR of the Reward Pool',
  ])
})

test('pools that were given nothing', () => {
  const lines = economyLines({ rewardPool: none, insurancePool: none, profitStaked: 0n, shares: [] })
  assert.equal(lines, ['Reward Pool: given nothing', 'Insurance Pool: given nothing', 'staked out of profit: 0 ANKR'])
})

test.run()
