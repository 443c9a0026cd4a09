// A micro-pool as people read it.

import type { PoolResult, PoolView, Stake } from '../chain/micro-pools.ts'
import { amountText, spanText } from './units.ts'

type Line = readonly [name: string, text: string]

const VALIDATOR = 32n * 10n ** 18n

const inTotal = ({ providerEth, usersEth }: PoolView): string => `${amountText(providerEth + usersEth)} of 32 ETH`

const untilText = (endsAt: number, now: number): string =>
  endsAt > now ? `ends in ${spanText(endsAt - now)}` : `its end was ${spanText(now - endsAt)} ago`

/** One line of a list. `now` in Unix seconds. */
export function poolSummary(pool: PoolView, now: number): string {
  const { address, state, providerId, sidecar, fixedPrice, endsAt, proven } = pool
  const waits = state === 'filling' ? `  ${proven ? 'proven' : 'not proven yet'}` : ''
  const time = ['filling', 'filled', 'running'].includes(state) ? `  ${untilText(endsAt, now)}` : ''
  return `${address}  ${state}  ${inTotal(pool)}${waits}  FP ${amountText(fixedPrice)} ANKR${time}  provider ${providerId}, sidecar ${sidecar}`
}

const validatorText = ({ pubkey, proven, credentials }: PoolView): string => {
  if (pubkey === '0x') return `none yet; its deposit must withdraw to ${credentials}`
  return `${pubkey} ${proven ? 'proven' : 'not proven yet'}`
}

/** What somebody who thinks of joining pays, for comparison. */
const feeText = (fixedPrice: bigint): string =>
  `${amountText((fixedPrice * 10n ** 18n + VALIDATOR - 1n) / VALIDATOR)} ANKR`

function resultLines(result: PoolResult): readonly Line[] {
  const { usersReturned, providerReturned, rewards, toInsurance, toReward, claimed } = result
  const pools = `${amountText(toInsurance)} ETH for the Insurance Pool, ${amountText(toReward)} for the Reward Pool`
  return [
    ['returned', `${amountText(usersReturned)} ETH of users, ${amountText(providerReturned)} of the provider`],
    ['rewards', `${amountText(rewards)} ETH to all who staked`],
    ...(toInsurance + toReward > 0n ? [['waiting', pools] as const] : []),
    ...(claimed ? [['insurance', 'a loss was reported to it: stkr pool complete collects what it pays'] as const] : []),
  ]
}

export function poolLines(pool: PoolView, result: PoolResult | undefined, now: number): readonly string[] {
  const { address, state, provider, providerId, sidecar, providerEth, usersEth, room, fixedPrice, fees } = pool
  const lines: readonly Line[] = [
    ['pool', `${address}  ${state}`],
    ['provider', `${providerId} (${provider}), sidecar ${sidecar}`],
    ['staked', `${inTotal(pool)}: ${amountText(providerEth)} by the provider, ${amountText(usersEth)} by users`],
    ...(state === 'filling' ? [['room', `${amountText(room)} ETH`] as const] : []),
    ...(state === 'filled' ? [['waits', 'for anybody’s stkr pool start'] as const] : []),
    ['price', `${amountText(fixedPrice)} ANKR, ${feeText(fixedPrice)} for each ETH; ${amountText(fees)} waits here`],
    ['validator', validatorText(pool)],
    ['end', untilText(pool.endsAt, now)],
    ...(result ? resultLines(result) : []),
    ...(/^0x0{40}$/.test(pool.successor) ? [] : [['went on', `to ${pool.successor}`] as const]),
  ]
  return lines.map(([name, text]) => `${name.padEnd(10)} ${text}`)
}

export const stakeLine = (account: string, stake: Stake): string =>
  `${'account'.padEnd(10)} ${account}: ${amountText(stake.eth)} ETH, ${amountText(stake.redeemed)} redeemed, ` +
  `${amountText(stake.claimable)} ETH to claim, paid ${amountText(stake.paid)} ANKR; holds ${amountText(stake.aEth)} aETH`
