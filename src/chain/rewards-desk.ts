// All that the network owes an account, wherever it is kept: rewards by what they are for, credits, shares of slashes,
// bounties, stakes asked back whose wait is over; and the transactions that fetch it. Pull payments only: nothing is lost by
// waiting, and whatever is owed is found from the account alone.

import { codeOf } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { AuditLedgerAbi } from './abi/AuditLedger.ts'
import { IMicroPoolAbi } from './abi/IMicroPool.ts'
import { bindContract } from './contracts.ts'
import type { Call, Contract } from './contracts.ts'
import type { Economy } from './economy.ts'
import { forwardingOf } from './forwarding.ts'
import { readNodes } from './node-registry.ts'
import { createPlanner } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'
import { isSome } from './yield.ts'
import type { Amounts } from './yield.ts'

/** What an account gets something as. */
export type Role =
  | 'governor'
  | 'provider'
  | 'requester'
  | 'operator'
  | 'staker'
  | 'voter'
  | 'micro-investor'
  | 'party to jobs'
  | 'reporter'
  | 'poster'
  | 'depositor'
  | 'anything'

export interface Owed {
  readonly role: Role
  /** What it is from, in a few words: "sidecar 7", "pool 0x…". */
  readonly from: string
  /** Can be fetched now. */
  readonly amounts: Amounts
  /** Earned, and waiting for the end of a project. */
  readonly held: Amounts
  /** What the open period would bring if its stakes stayed as they are. */
  readonly expected: Amounts
}

export interface RewardsView {
  readonly owed: readonly Owed[]
  readonly total: Amounts
  /** Of the Reward Pool. Unix seconds; it goes on until somebody closes it. */
  readonly period: {
    readonly number: number
    readonly startedAt: number
    readonly endsAt: number
    readonly over: boolean
  }
}

export interface ClaimPlan {
  readonly steps: readonly Step[]
  readonly owed: readonly Owed[]
  /** What would be refused now, and by which code; everything else is fetched all the same. */
  readonly blocked: readonly { readonly from: string; readonly code: string }[]
}

export interface RewardsDesk extends Planner {
  view(account: Hex): Promise<RewardsView>
  /**
   * Everything that pays the sender something now. `to` receives what may go to others; the rest comes to the sender
   * itself.
   */
  planClaim(to: Hex): Promise<ClaimPlan>
  /** The credits of an account that anybody may send to it: the key of a sidecar's signer stays where it is. */
  planSending(account: Hex): Promise<ClaimPlan>
  /** Closes the Reward Pool's period, after sending it what completed jobs brought it. Fault `revert-period-open`. */
  planRelease(): Promise<readonly Step[]>
}

/** Something owed, and how it is fetched. */
interface Source extends Owed {
  /** Undefined: nothing can be fetched, or the Reward Pool's credit, which one step fetches for all. */
  readonly fetch: ((to: Hex) => Call) | undefined
  readonly name: string
}

/** A position in the Reward Pool: settled first, then paid with all others. */
interface Position extends Owed {
  readonly group: number
  readonly sidecar: number
}

/** `IRewardPool.Group`; operators are providers and requesters. */
const GROUPS = ['governor', 'operator', 'staker', 'voter'] as const
const OPERATORS = 1
const STAKERS = 2
const NONE: Amounts = { ankr: 0n, eth: 0n }
const PAGE = 256n

const ankr = (amount: bigint): Amounts => ({ ankr: amount, eth: 0n })
const plus = (a: Amounts, b: Amounts): Amounts => ({ ankr: a.ankr + b.ankr, eth: a.eth + b.eth })
const share = (pot: Amounts, weight: bigint, total: bigint): Amounts =>
  total === 0n ? NONE : { ankr: (pot.ankr * weight) / total, eth: (pot.eth * weight) / total }

type Ledger = Contract<typeof AuditLedgerAbi>

/** @param ledger Of the same network, where it is known: it pays bounties. */
export function openRewardsDesk(economy: Economy, ledger: Ledger | undefined, deps: PlannerDeps): RewardsDesk {
  const {
    rewardPool,
    staking,
    microPools,
    marketplace,
    projects,
    sidecars,
    discipline,
    council,
    providers,
    requesters,
  } = economy
  const { provider, outbox } = deps
  const planner = createPlanner(deps)
  const now = async (): Promise<number> => (await provider.getBlock('latest'))?.timestamp ?? 0

  async function operatorRole(account: Hex): Promise<Role> {
    const [provides, asks] = await Promise.all([
      providers.read('idOfOwner', [account]),
      requesters.read('numberOf', [account]),
    ])
    if (provides === 0) return 'requester'
    return asks === 0n ? 'provider' : 'operator'
  }

  async function positionIn(group: number, account: Hex, sidecar: number): Promise<Position | undefined> {
    const [[earned, held], weight, total, pot] = await Promise.all([
      rewardPool.read('claimable', [group, account, sidecar]),
      rewardPool.read('weightOf', [group, account, sidecar]),
      rewardPool.read('totalWeight', [group]),
      rewardPool.read('potOf', [group]),
    ])
    if (weight === 0n && !isSome(earned) && !isSome(held)) return undefined
    const role = group === OPERATORS ? await operatorRole(account) : (GROUPS[group] ?? 'anything')
    const from = sidecar === 0 ? 'Reward Pool' : `Reward Pool, sidecar ${sidecar}`
    return { group, sidecar, role, from, amounts: earned, held, expected: share(pot, weight, total) }
  }

  /** Sidecars that may hold stake of the account: who took all of it off one was credited as it left. */
  async function stakedSidecars(account: Hex): Promise<readonly number[]> {
    if ((await staking.read('stakeOf', [account])) === 0n) return []
    const all = await readNodes(economy)
    return all.filter(({ usersAnkr }) => usersAnkr > 0n).map(({ id }) => id)
  }

  async function positionsOf(account: Hex): Promise<readonly Position[]> {
    const staked = await stakedSidecars(account)
    const found = await Promise.all([
      ...GROUPS.flatMap((_, group) => (group === STAKERS ? [] : [positionIn(group, account, 0)])),
      ...staked.map((id) => positionIn(STAKERS, account, id)),
    ])
    return found.filter((position) => position !== undefined)
  }

  const sourceOf = (
    role: Role,
    from: string,
    amounts: Amounts,
    name: string,
    fetch: Source['fetch'],
  ): readonly Source[] => (isSome(amounts) ? [{ role, from, amounts, held: NONE, expected: NONE, name, fetch }] : [])

  async function poolsOf(account: Hex): Promise<readonly Source[]> {
    const total = await microPools.read('total', [])
    const found: Source[] = []
    for (let from = 0n; from < total; from += PAGE) {
      const page = await microPools.read('pools', [from, from + PAGE < total ? from + PAGE : total])
      const sources = page.map(async (address) => {
        const pool = bindContract(IMicroPoolAbi, address, provider)
        const eth = await pool.read('claimable', [account])
        const call = (to: Hex): Call => pool.call('claim', [to])
        return sourceOf('micro-investor', `pool ${address}`, { ankr: 0n, eth }, 'claim pool', call)
      })
      found.push(...(await Promise.all(sources)).flat())
    }
    return found
  }

  /** What is credited by name, and paid to that name whoever asks. */
  async function creditsOf(account: Hex): Promise<readonly Source[]> {
    const [refunds, slashes, reports, bounties] = await Promise.all([
      marketplace.read('creditOf', [account]),
      sidecars.read('creditOf', [account]),
      discipline.read('creditOf', [account]),
      ledger?.read('creditOf', [account]) ?? 0n,
    ])
    return [
      ...sourceOf('party to jobs', 'Marketplace', ankr(refunds), 'withdraw refunds', () =>
        marketplace.call('withdrawCredit', [account]),
      ),
      ...sourceOf('reporter', 'Sidecars', ankr(slashes), 'withdraw slash share', () =>
        sidecars.call('withdrawCredit', [account]),
      ),
      ...sourceOf('reporter', 'Discipline', ankr(reports), 'withdraw report share', () =>
        discipline.call('withdrawCredit', [account]),
      ),
      ...(ledger
        ? sourceOf('poster', 'AuditLedger', ankr(bounties), 'withdraw bounties', () =>
            ledger.call('withdrawCredit', [account]),
          )
        : []),
    ]
  }

  async function jobsOf(account: Hex): Promise<readonly Source[]> {
    const paid = await projects.read('creditOf', [account])
    return sourceOf('party to jobs', 'Projects', paid, 'withdraw from jobs', (to) => projects.call('withdraw', [to]))
  }

  /** Stakes that were asked back and whose wait is over. */
  async function returnedTo(account: Hex): Promise<readonly Source[]> {
    const at = await now()
    const [member, requester, id] = await Promise.all([
      council.read('withdrawalOf', [account]),
      requesters.read('withdrawalOf', [account]),
      providers.read('idOfOwner', [account]),
    ])
    const own = id === 0 ? undefined : await providers.read('provider', [id])
    const due = (amount: bigint, unlocksAt: number): Amounts => ankr(unlocksAt <= at ? amount : 0n)
    return [
      ...sourceOf('depositor', 'Council', due(member.amount, member.unlocksAt), 'withdraw seat stake', () =>
        council.call('withdraw', []),
      ),
      ...sourceOf('depositor', 'Requesters', due(requester.amount, requester.unlocksAt), 'withdraw stake', () =>
        requesters.call('withdraw', []),
      ),
      ...(own
        ? sourceOf('depositor', 'Providers', due(own.withdrawing, own.withdrawableAt), 'withdraw collateral', () =>
            providers.call('withdraw', [own.id]),
          )
        : []),
    ]
  }

  async function allOf(account: Hex) {
    const [positions, credit, credits, jobs, returned, pools] = await Promise.all([
      positionsOf(account),
      rewardPool.read('creditOf', [account]),
      creditsOf(account),
      jobsOf(account),
      returnedTo(account),
      poolsOf(account),
    ])
    const settled = sourceOf('anything', 'Reward Pool, settled before', credit, 'withdraw', undefined)
    return { positions, credit, others: [...credits, ...jobs, ...returned, ...pools], settled }
  }

  /** Settles all positions that earned something; the last claim pays for all of them, and what was settled before. */
  async function planPool(positions: readonly Position[], credit: Amounts, to: Hex): Promise<readonly Step[]> {
    const earning = positions.filter(({ amounts }) => isSome(amounts))
    const last = earning.at(-1)
    if (!last) return isSome(credit) ? [await planner.plan('withdraw', rewardPool.call('withdraw', [to]))] : []
    const settle = ({ group, sidecar, role }: Position): Promise<Step> =>
      planner.plan(`settle ${role}`, rewardPool.call('settle', [group, outbox.sender, sidecar]))
    const claim = rewardPool.call('claim', [last.group, last.sidecar, to])
    return [...(await Promise.all(earning.slice(0, -1).map(settle))), await planner.plan('claim rewards', claim)]
  }

  async function planFetching(sources: readonly Source[], to: Hex): Promise<Omit<ClaimPlan, 'owed'>> {
    const steps: Step[] = []
    const blocked: { from: string; code: string }[] = []
    for (const { name, from, fetch } of sources) {
      try {
        if (fetch) steps.push(await planner.plan(name, fetch(to)))
      } catch (error) {
        if (!codeOf(error).startsWith('revert-')) throw error
        blocked.push({ from, code: codeOf(error) })
      }
    }
    return { steps, blocked }
  }

  const plain = ({ role, from, amounts, held, expected }: Owed): Owed => ({ role, from, amounts, held, expected })

  return {
    ...planner,
    view: async (account) => {
      const [{ positions, settled, others }, [number, startedAt, endsAt], at] = await Promise.all([
        allOf(account),
        rewardPool.read('period', []),
        now(),
      ])
      const owed = [...positions, ...settled, ...others].map(plain)
      const total = owed.reduce((sum, { amounts }) => plus(sum, amounts), NONE)
      return { owed, total, period: { number, startedAt, endsAt, over: at >= endsAt } }
    },
    planClaim: async (to) => {
      const { positions, credit, settled, others } = await allOf(outbox.sender)
      const { steps, blocked } = await planFetching(others, to)
      const owed = [...positions, ...settled, ...others].filter(({ amounts }) => isSome(amounts)).map(plain)
      return { steps: [...(await planPool(positions, credit, to)), ...steps], owed, blocked }
    },
    planSending: async (account) => {
      const credits = await creditsOf(account)
      return { ...(await planFetching(credits, account)), owed: credits.map(plain) }
    },
    planRelease: async () => {
      const release = await planner.plan('release', rewardPool.call('release', []))
      const forwarding = await forwardingOf(economy)
      // In front of it: what jobs brought the Reward Pool in the period is given out with the period.
      return [...(await Promise.all(forwarding.map(({ name, call }) => planner.plan(name, call)))), release]
    },
  }
}
