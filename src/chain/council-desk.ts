// The council as its members and those who want to be see it: seats, candidates with their votes, the next election, votes
// missed in a row and what they cost; and what an account does about its stake, its seat and its candidacy, planned first.

import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Call } from './contracts.ts'
import type { GovernmentHandles } from './government.ts'
import { createPaymentPlan } from './paying.ts'
import { createPlanner, laterStep } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'

/** Missed votes in a row that are punished (G5). */
export const ABSENCES = 3
/** Of closed decisions that are searched for absences. */
const SEARCHED = 64

/** ANKR in base units. */
export interface Member {
  readonly account: Hex
  readonly stake: bigint
  /** Own stake and what stakers vote with, now. */
  readonly votes: bigint
  /** Place in the order of candidacies, which decides ties; undefined for who does not stand. */
  readonly candidacy: number | undefined
}

export interface Seat extends Member {
  /** Decisions missed in a row up to the last closed one, counted to three. */
  readonly missed: number
}

export interface CouncilView {
  readonly phase: 'initialization' | 'automated'
  /** Seats now, taken or empty. */
  readonly size: number
  /** Seats that the next election fills: n are added by the first, all by later ones. */
  readonly electing: number
  /** Unix seconds. */
  readonly electionAt: number
  readonly due: boolean
  readonly seats: readonly Seat[]
  readonly candidates: readonly Member[]
  readonly policy: {
    readonly n: number
    readonly minStake: bigint
    readonly slashBps: number
    readonly electionSeconds: number
    readonly unbondingSeconds: number
  }
}

/** What an account has put down and asked back. */
export interface MemberStake {
  readonly stake: bigint
  readonly withdrawing: bigint
  /** Unix seconds; 0 when nothing is asked back. */
  readonly unlocksAt: number
}

/** What punishing somebody's absence comes to. */
export interface Absence {
  /** First of three decisions missed in a row. */
  readonly first: number
  readonly stake: bigint
  readonly slashed: bigint
  readonly losesSeat: boolean
}

export interface CouncilDesk extends Planner {
  policy(): Promise<CouncilView['policy']>
  view(): Promise<CouncilView>
  stakeOf(account: Hex): Promise<MemberStake>
  planDeposit(amount: bigint): Promise<readonly Step[]>
  planWithdrawal(amount: bigint | undefined): Promise<readonly Step[]>
  /** Tops the stake up to `stake` (default: the least) first. */
  planSeat(stake: bigint | undefined): Promise<readonly Step[]>
  planCandidacy(stake: bigint | undefined, insteadOf: Hex | undefined): Promise<readonly Step[]>
  planResignation(from: 'seat' | 'candidacy'): Promise<readonly Step[]>
  planElection(): Promise<readonly Step[]>
  /** Fault `not-absent`: no three in a row that were not punished yet. */
  planPunishment(account: Hex): Promise<{ readonly steps: readonly Step[]; readonly absence: Absence }>
}

type Absent = 'absent' | 'present' | 'open'

export function openCouncilDesk(handles: GovernmentHandles, deps: PlannerDeps): CouncilDesk {
  const { government, council, staking, token } = handles
  const { provider, outbox } = deps
  const planner = createPlanner(deps)
  const planPayment = createPaymentPlan(planner, token, outbox.sender)

  const now = async (): Promise<number> => (await provider.getBlock('latest'))?.timestamp ?? 0

  async function memberOf(account: Hex): Promise<Member> {
    const [stake, votes, [candidacy]] = await Promise.all([
      council.read('stakeOf', [account]),
      staking.read('getVotes', [account]),
      council.read('candidacyOf', [account]),
    ])
    return { account, stake, votes: stake + votes, candidacy: candidacy === 0 ? undefined : candidacy }
  }

  /** Of decisions from `from` to the newest, in order. */
  async function attendance(account: Hex, from: number, total: number, at: number): Promise<readonly Absent[]> {
    return Promise.all(
      Array.from({ length: total - from }, async (_, i): Promise<Absent> => {
        const { proposal } = await government.read('decision', [BigInt(from + i)])
        if (Number(await government.read('proposalDeadline', [proposal])) >= at) return 'open'
        return (await government.read('isAbsent', [account, BigInt(from + i)])) ? 'absent' : 'present'
      }),
    )
  }

  async function missedBy(account: Hex, total: number, at: number): Promise<number> {
    const recent = await attendance(account, Math.max(0, total - 2 * ABSENCES), total, at)
    const closed = recent.filter((found) => found !== 'open').toReversed()
    const last = closed.findIndex((found) => found === 'present')
    return Math.min(ABSENCES, last < 0 ? closed.length : last)
  }

  async function view(): Promise<CouncilView> {
    const [phase, electionAt, policy, seats, candidates, total, at] = await Promise.all([
      council.read('phase', []),
      council.read('electionAt', []),
      council.read('policy', []),
      council.read('seats', []),
      council.read('candidates', []),
      government.read('decisionCount', []),
      now(),
    ])
    const size = Number(await council.read('sizeAt', [at]))
    return {
      phase: phase === 0 ? 'initialization' : 'automated',
      size,
      electing: phase === 0 ? policy.n : 2 * policy.n + 1,
      electionAt,
      due: at > electionAt,
      policy,
      seats: await Promise.all(
        seats.map(async (account) => ({
          ...(await memberOf(account)),
          missed: await missedBy(account, Number(total), at),
        })),
      ),
      candidates: await Promise.all(candidates.map(memberOf)),
    }
  }

  const planDeposit = (amount: bigint): Promise<readonly Step[]> =>
    planPayment({ name: 'deposit', call: council.call('deposit', [amount]), amount })

  /** A step that takes so much stake in all. */
  async function withStake(wanted: bigint | undefined, name: string, call: Call): Promise<readonly Step[]> {
    const { minStake } = await council.read('policy', [])
    const target = wanted ?? minStake
    const stake = await council.read('stakeOf', [outbox.sender])
    if (stake >= target) return [await planner.plan(name, call)]
    return [...(await planDeposit(target - stake)), laterStep(name, call)]
  }

  async function planPunishment(account: Hex): ReturnType<CouncilDesk['planPunishment']> {
    const [total, upTo, at] = await Promise.all([
      government.read('decisionCount', []),
      government.read('punishedUpTo', [account]),
      now(),
    ])
    const from = Math.max(Number(upTo), Number(total) - SEARCHED, 0)
    const all = from < Number(total) ? await attendance(account, from, Number(total), at) : []
    const row = all.findIndex((_, i) =>
      Array.from({ length: ABSENCES }, (__, j) => all[i + j]).every((x) => x === 'absent'),
    )
    if (row < 0)
      throw reject('not-absent', `${account} has not missed ${ABSENCES} votes in a row since it was last punished`, {
        account,
      })
    const [stake, { amount: withdrawing }, { slashBps, minStake }] = await Promise.all([
      council.read('stakeOf', [account]),
      council.read('withdrawalOf', [account]),
      council.read('policy', []),
    ])
    // Of all that is there, taken from what is still staked first.
    const slashed = ((stake + withdrawing) * BigInt(slashBps) + 9_999n) / 10_000n
    const first = from + row
    const steps = [await planner.plan('punish', government.call('punishAbsence', [account, BigInt(first)]))]
    return { steps, absence: { first, stake, slashed, losesSeat: stake < slashed + minStake } }
  }

  const one = async (name: string, call: Call): Promise<readonly Step[]> => [await planner.plan(name, call)]

  return {
    ...planner,
    policy: () => council.read('policy', []),
    view,
    stakeOf: async (account) => {
      const { amount, unlocksAt } = await council.read('withdrawalOf', [account])
      return { stake: await council.read('stakeOf', [account]), withdrawing: amount, unlocksAt }
    },
    planDeposit,
    planWithdrawal: (amount) =>
      amount === undefined
        ? one('withdraw', council.call('withdraw', []))
        : one('request', council.call('requestWithdrawal', [amount])),
    planSeat: (stake) => withStake(stake, 'accept', council.call('acceptSeat', [])),
    planCandidacy: (stake, insteadOf) =>
      withStake(
        stake,
        'stand',
        insteadOf === undefined ? council.call('stand', []) : council.call('standInsteadOf', [insteadOf]),
      ),
    planResignation: (from) =>
      from === 'seat' ? one('resign', council.call('resign', [])) : one('stand down', council.call('standDown', [])),
    planElection: () => one('elect', council.call('elect', [])),
    planPunishment,
  }
}
