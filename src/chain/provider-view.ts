// Providers as everybody may judge them: standing, trust, score with the record it is made of, what they put up and what of
// it is bound, capacity that is free, jobs delivered, running and failed. And bringing a score up to date, which anybody may.

import { codeOf, reject } from '../core/errors.ts'
import type { Capacity, Hex } from '../core/types.ts'
import type { Call } from './contracts.ts'
import type { ProviderPolicy } from './deploy-options.ts'
import { TIERS } from './decision-forms.ts'
import type { Tier } from './decision-forms.ts'
import type { Economy } from './economy.ts'
import { createPlanner } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'

/** `IProviders.Status`. */
export const PROVIDER_STATUSES = ['unknown', 'applied', 'qualified', 'disqualified', 'suspended'] as const
export type ProviderStatus = (typeof PROVIDER_STATUSES)[number]

/** ANKR in base units, times in Unix seconds, 0 for none. */
export interface ProviderView {
  readonly id: number
  readonly owner: Hex
  readonly brand: string
  readonly status: ProviderStatus
  /** It applies for something that nobody decided on. */
  readonly applies: boolean
  readonly suspendedUntil: number
  readonly probationUntil: number
  readonly tier: Tier
  /** What it stakes of a validator's 32 ETH, in wei. */
  readonly validatorStake: bigint
  /** 0 to 10,000, as of the last change or refresh. */
  readonly score: number
  readonly record: {
    readonly settledJobs: number
    readonly discountBpsSum: number
    readonly nodes: number
    readonly runningSecondsSum: number
    readonly periodsObserved: number
    readonly uptimeBpsSum: number
  }
  readonly capacity: Capacity
  readonly free: Capacity
  readonly ceiling: bigint
  readonly collateral: bigint
  /** Bound by running jobs. */
  readonly lien: bigint
  readonly withdrawing: bigint
  readonly withdrawableAt: number
  /** Delivered ones count half after a suspension, as in the score. */
  readonly jobs: { readonly delivered: number; readonly running: number; readonly failed: number }
  readonly sidecars: readonly number[]
}

export interface ProviderBoard extends Planner {
  policy(): Promise<ProviderPolicy>
  /** All, in order. */
  list(): Promise<readonly ProviderView[]>
  /** Fault `provider-unknown`. */
  view(id: number): Promise<ProviderView>
  /** Number of the provider of an owner; 0 for none. */
  idOf(owner: Hex): Promise<number>
  /** Uptime of its sidecars as far as it is proven, score, dividends, and the end of a suspension that is over. */
  planRefresh(id: number): Promise<readonly Step[]>
  /** Faults: `provider-unknown`, `revert-score-not-below`, `revert-record-too-short`, `revert-on-probation`. */
  planSuspension(id: number): Promise<readonly Step[]>
}

const NOTHING: Hex = `0x${'00'.repeat(32)}`

export function openProviderBoard(economy: Economy, deps: PlannerDeps): ProviderBoard {
  const { providers, tiers, discipline, dividends } = economy
  const planner = createPlanner(deps)

  async function view(id: number): Promise<ProviderView> {
    const total = await providers.read('total', [])
    if (id > total || id < 1) throw reject('provider-unknown', `there is no provider ${id}: there are ${total}`, { id })
    const [found, record, suspension, tier, validatorStake, failed] = await Promise.all([
      providers.read('provider', [id]),
      providers.read('trackOf', [id]),
      discipline.read('suspensionOf', [id]),
      tiers.read('tierOf', [id]),
      tiers.read('stakeRequired', [id]),
      providers.read('failuresOf', [id]),
    ])
    const { status, application, running, ...rest } = found
    return {
      ...rest,
      status: PROVIDER_STATUSES[status] ?? 'unknown',
      applies: application !== NOTHING,
      suspendedUntil: suspension.until,
      probationUntil: suspension.probationUntil,
      tier: TIERS[tier] ?? 'untrusted',
      validatorStake,
      record: { ...record, uptimeBpsSum: Number(record.uptimeBpsSum) },
      jobs: { delivered: record.settledJobs, running, failed },
    }
  }

  /** Left out where it would change nothing that can be changed: nothing proven, no new window, not suspended. */
  async function ifPossible(name: string, call: Call): Promise<readonly Step[]> {
    try {
      return [await planner.plan(name, call)]
    } catch (error) {
      if (codeOf(error).startsWith('revert-')) return []
      throw error
    }
  }

  return {
    ...planner,
    policy: () => providers.read('policy', []),
    list: async () => {
      const total = await providers.read('total', [])
      return Promise.all(Array.from({ length: total }, (_, i) => view(i + 1)))
    },
    view,
    idOf: (owner) => providers.read('idOfOwner', [owner]),
    planSuspension: async (id) => {
      await view(id)
      return [await planner.plan('suspend', discipline.call('suspend', [id]))]
    },
    planRefresh: async (id) => {
      const { sidecars } = await view(id)
      const all = await Promise.all([
        ifPossible('reinstate', discipline.call('reinstate', [id])),
        ...sidecars.map((one) => ifPossible(`uptime of ${one}`, providers.call('refreshUptime', [one]))),
        ifPossible('score', providers.call('refreshScore', [id])),
        ...sidecars.map((one) => ifPossible(`dividends of ${one}`, dividends.call('measure', [one]))),
      ])
      return all.flat()
    },
  }
}
