// What everybody has of a local network's jobs, as lines and as the row that the final JSON has.

import type { Amounts } from '../chain/yield.ts'
import { custodyLines } from './custody-view.ts'
import type { EconomyReport } from './economy.ts'
import { ankr } from './job-view.ts'
import type { Share } from './payday.ts'

/** Empty for nothing. ETH has as many decimals as ANKR. */
const amountsText = (amounts: Amounts): string =>
  [amounts.ankr > 0n ? `${ankr(amounts.ankr)} ANKR` : '', amounts.eth > 0n ? `${ankr(amounts.eth)} ETH` : '']
    .filter((part) => part !== '')
    .join(' and ')

const givenText = (amounts: Amounts): string => `given ${amountsText(amounts) || 'nothing'}`

function shareLine({ who, jobs, rewards }: Share): string {
  const parts = [
    [amountsText(jobs), 'of jobs'],
    [amountsText(rewards), 'of the Reward Pool'],
  ].flatMap(([amount = '', of = '']) => (amount === '' ? [] : [`${amount} ${of}`]))
  return `${who}: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`
}

/** Plain text: the pools, one line for each account, then the custody. */
export const economyLines = (report: EconomyReport): readonly string[] => {
  const { rewardPool, insurancePool, profitStaked, shares, custody } = report
  return [
    `Reward Pool: ${givenText(rewardPool)}`,
    `Insurance Pool: ${givenText(insurancePool)}`,
    `staked out of profit: ${ankr(profitStaked)} ANKR`,
    ...shares.map(shareLine),
    ...custodyLines(custody),
  ]
}
