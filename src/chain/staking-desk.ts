// ANKR staked on sidecars as its holders see it: which sidecars there are, what stake on them earns, what an account has
// where, what leaving early would cost, and the transactions that change it, planned first.

import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Economy } from './economy.ts'
import { readNodes } from './node-registry.ts'
import { createPaymentPlan } from './paying.ts'
import { STAKERS, readRewardHistory } from './reward-history.ts'
import { createPlanner } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'
import { expectedYield, yieldOf } from './yield.ts'
import type { Amounts, StakeYield } from './yield.ts'

/** `ISidecars.Status`. */
export const SIDECAR_STATUSES = [
  ...['unknown', 'entering', 'active', 'exiting', 'unbonding', 'withdrawable', 'left'],
] as const

/** Times in Unix seconds, 0 for none. */
export interface StakedSidecar {
  readonly id: number
  readonly status: (typeof SIDECAR_STATUSES)[number]
  /** Number of the provider of its latest project; 0 before the first. */
  readonly provider: number
  /** ANKR of all stakers. */
  readonly staked: bigint
  /** Since when a project runs on it: leaving before its end forfeits. */
  readonly runningSince: number
}

export interface StakingRates extends StakeYield {
  /** What one ANKR would earn in a year at the pace of the open period, with the stake of now: 10^-18 ANKR and ETH. */
  readonly expected: Amounts
  /** The same, on top, for stake that votes for a standing candidate. */
  readonly expectedVoting: Amounts
  readonly total: bigint
}

export interface StakePosition {
  readonly sidecar: number
  readonly stake: bigint
  readonly runningSince: number
  /** Could be claimed now. */
  readonly earned: Amounts
  /** Waits for the end of the project; leaving before forfeits it. */
  readonly held: Amounts
}

export interface StakerView {
  readonly positions: readonly StakePosition[]
  readonly stake: bigint
  /** Whom it votes for; undefined for nobody. */
  readonly candidate: Hex | undefined
  readonly stands: boolean
  /** Stake that earns as a voter's: what there was when it named its candidate last. */
  readonly voting: bigint
}

/** What taking stake off a sidecar costs now. */
export interface EarlyLeaving {
  readonly runningSince: number
  readonly forfeits: Amounts
}

export interface StakingDesk extends Planner {
  sidecars(): Promise<readonly StakedSidecar[]>
  /** From the last `periods` closed periods. */
  rates(periods: number): Promise<StakingRates>
  staker(account: Hex): Promise<StakerView>
  stakeOn(account: Hex, sidecar: number): Promise<bigint>
  runningSince(sidecar: number): Promise<number>
  /** Undefined while no project runs there. */
  earlyLeaving(account: Hex, sidecar: number, amount: bigint): Promise<EarlyLeaving | undefined>
  /** Approval (if needed) and staking. Faults: `sidecar-closed`, `token-short`. */
  planStake(sidecar: number, amount: bigint): Promise<readonly Step[]>
  planUnstake(sidecar: number, amount: bigint): Promise<readonly Step[]>
  planMove(from: number, to: number, amount: bigint): Promise<readonly Step[]>
  planVote(candidate: Hex): Promise<readonly Step[]>
}

const VOTERS = 3
const NOBODY: Hex = `0x${'00'.repeat(20)}`

export function openStakingDesk(economy: Economy, deps: PlannerDeps): StakingDesk {
  const { staking, rewardPool, nodes, sidecars: registry, council, token } = economy
  const { provider, outbox } = deps
  const planner = createPlanner(deps)
  const planPayment = createPaymentPlan(planner, token, outbox.sender)

  const runningSince = (sidecar: number): Promise<number> => nodes.read('runningSince', [sidecar])

  async function sidecars(): Promise<readonly StakedSidecar[]> {
    return Promise.all(
      (await readNodes(economy)).map(async ({ id, provider: by, usersAnkr }) => {
        const [status, since] = await Promise.all([registry.read('status', [id]), runningSince(id)])
        return {
          id,
          status: SIDECAR_STATUSES[status] ?? 'unknown',
          provider: by,
          staked: usersAnkr,
          runningSince: since,
        }
      }),
    )
  }

  async function rates(periods: number): Promise<StakingRates> {
    const { closed, changes } = await readRewardHistory(economy, provider, periods)
    const [pot, votersPot, total, voting, [, startedAt, endsAt], head] = await Promise.all([
      rewardPool.read('potOf', [STAKERS]),
      rewardPool.read('potOf', [VOTERS]),
      rewardPool.read('totalWeight', [STAKERS]),
      rewardPool.read('totalWeight', [VOTERS]),
      rewardPool.read('period', []),
      provider.getBlock('latest'),
    ])
    // Until somebody closes it, it goes on.
    const lasts = Math.max(endsAt, head?.timestamp ?? 0) - startedAt
    return {
      ...yieldOf(closed, changes),
      expected: expectedYield(pot, total, lasts),
      expectedVoting: expectedYield(votersPot, voting, lasts),
      total,
    }
  }

  async function positionOn(account: Hex, sidecar: number, stake: bigint): Promise<StakePosition> {
    const [[earned, held], since] = await Promise.all([
      rewardPool.read('claimable', [STAKERS, account, sidecar]),
      runningSince(sidecar),
    ])
    return { sidecar, stake, runningSince: since, earned, held }
  }

  const stakeOn = (account: Hex, sidecar: number): Promise<bigint> => staking.read('stakeOn', [account, sidecar])

  async function staker(account: Hex): Promise<StakerView> {
    const [stake, candidate, voting, all] = await Promise.all([
      staking.read('stakeOf', [account]),
      staking.read('delegates', [account]),
      rewardPool.read('weightOf', [VOTERS, account, 0]),
      readNodes(economy),
    ])
    const staked = all.filter(({ usersAnkr }) => usersAnkr > 0n)
    const own =
      stake === 0n ? [] : await Promise.all(staked.map(async ({ id }) => [id, await stakeOn(account, id)] as const))
    const positions = own.filter(([, amount]) => amount > 0n).map(([id, amount]) => positionOn(account, id, amount))
    const [number] = await council.read('candidacyOf', [candidate])
    return {
      positions: await Promise.all(positions),
      stake,
      candidate: candidate === NOBODY ? undefined : candidate,
      stands: number !== 0,
      voting,
    }
  }

  async function earlyLeaving(account: Hex, sidecar: number, amount: bigint): Promise<EarlyLeaving | undefined> {
    const since = await runningSince(sidecar)
    if (since === 0) return undefined
    const stake = await stakeOn(account, sidecar)
    const { held } = await positionOn(account, sidecar, stake)
    // What is held is shared by the stake, and rounded up when it leaves.
    const of = (all: bigint): bigint => (stake === 0n ? 0n : (all * amount + stake - 1n) / stake)
    return { runningSince: since, forfeits: { ankr: of(held.ankr), eth: of(held.eth) } }
  }

  async function planStake(sidecar: number, amount: bigint): Promise<readonly Step[]> {
    // Nobody approves for a sidecar that takes no stake.
    const status = SIDECAR_STATUSES[await registry.read('status', [sidecar])]
    if (status !== 'entering' && status !== 'active')
      throw reject('sidecar-closed', `sidecar ${sidecar} takes no stake: it is ${status}`, { sidecar })
    return planPayment({ name: 'stake', call: staking.call('stake', [sidecar, amount]), amount })
  }

  return {
    ...planner,
    sidecars,
    rates,
    staker,
    stakeOn,
    runningSince,
    earlyLeaving,
    planStake,
    planUnstake: async (sidecar, amount) => [await planner.plan('unstake', staking.call('unstake', [sidecar, amount]))],
    planMove: async (from, to, amount) => [await planner.plan('move', staking.call('move', [from, to, amount]))],
    planVote: async (candidate) => [await planner.plan('vote', staking.call('delegate', [candidate]))],
  }
}
