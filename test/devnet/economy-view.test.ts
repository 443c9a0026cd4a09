// What everybody has, as lines: nobody is left out, nothing is shown as something.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Hex } from '../../src/core/types.ts'
import { economyLines } from '../../src/devnet/economy-view.ts'

const test = suite('devnet/economy-view')
const ONE = 10n ** 18n
const none = { ankr: 0n, eth: 0n }
const key = (first: string): Hex => `0x${first}${'ab'.repeat(32)}`
const delegation = { delegation: 1n, provider: 1, money: 'ETH', delegated: 10n * ONE } as const
const moved = { delegation: 1n, money: 'ETH', amount: 4n * ONE, byProvider: [0, 2], bySystem: [1, 2] } as const
const custody = {
  user: '0x00',
  groups: [
    { group: 0, threshold: 2, holders: 3, key: key('02') },
    { group: 1, threshold: 2, holders: 2, key: key('03') },
  ],
  delegations: [
    { ...delegation, moved: 4n * ONE, takenBack: 6n * ONE },
    { ...delegation, delegation: 2n, money: 'ANKR', moved: 0n, takenBack: 10n * ONE },
  ],
  move: { ...moved, to: `0x${'0e'.repeat(20)}`, tx: `0x${'cd'.repeat(32)}` },
} as const

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
    custody,
  })
  assert.equal(lines.slice(0, 6), [
    'Reward Pool: given 40 ANKR and 0.1 ETH',
    'Insurance Pool: given 40 ANKR',
    'staked out of profit: 100 ANKR',
    'provider 1: 70 ANKR of jobs, 0.5 ANKR and 0.125 ETH of the Reward Pool',
    'provider 2: nothing',
    'governor 1: 4 ANKR of the Reward Pool',
  ])
})

test('pools that were given nothing', () => {
  const lines = economyLines({ rewardPool: none, insurancePool: none, profitStaked: 0n, shares: [], custody })
  assert.equal(lines.slice(0, 3), [
    'Reward Pool: given nothing',
    'Insurance Pool: given nothing',
    'staked out of profit: 0 ANKR',
  ])
})

test('then the custody: whose key, who signed, and what became of every delegation', () => {
  const lines = economyLines({ rewardPool: none, insurancePool: none, profitStaked: 0n, shares: [], custody })
  assert.equal(lines.slice(3), [
    'key of the system: 0x02ababab…abab  2 of 3 holders sign  set by decision of the governors',
    'key of provider 1: 0x03ababab…abab  2 of 2 holders sign  set by its owner',
    'delegation 1: both groups moved 4 ETH to 0x0e0e0e0e…0e0e  tx 0xcdcdcdcd…cdcd  signers 0 2 of the provider, 1 2 of the system',
    'delegation 1: 10 ETH to provider 1, 4 ETH moved, 6 ETH taken back',
    'delegation 2: 10 ANKR to provider 1, 0 ANKR moved, 10 ANKR taken back',
  ])
})

test.run()
