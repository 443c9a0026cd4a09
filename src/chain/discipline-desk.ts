// Reports of sidecars that did not respond (economy S2): what a window of two periods shows, what it would cost their provider
// and bring the reporter, and the transaction that says so.

import { reject } from '../core/errors.ts'
import type { Hex, ProvenLeaf } from '../core/types.ts'
import { AuditLedgerAbi } from './abi/AuditLedger.ts'
import { bindContract } from './contracts.ts'
import type { Economy } from './economy.ts'
import { provenArgs } from './proven-leaf.ts'
import { createPlanner } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'
import { weighingOf } from './weighing.ts'

/** What two leaves say of the periods between them. */
export interface Window {
  readonly observed: number
  /** Average uptime in those, in basis points. */
  readonly uptimeBps: number
}

export interface ReportPlan extends Window {
  readonly steps: readonly Step[]
  readonly provider: number
  /** Below it a sidecar is unresponsive, in basis points. */
  readonly serviceBps: number
  /** ANKR that the provider loses, and the reporter's part of it. */
  readonly slashed: bigint
  readonly reporterShare: bigint
}

export interface DisciplineDesk extends Planner {
  /** Period that a report on a sidecar may open at, or any later one. */
  countedFrom(sidecar: number): Promise<number>
  /** Newest posted period; undefined before the first. */
  newest(): Promise<number | undefined>
  /** Root of a posted period. Fault `check-not-posted`. */
  rootOf(period: number): Promise<Hex>
  /** Faults: `revert-…`: the window is too early or too short, the service level is kept, nothing is at stake. */
  planReport(opening: ProvenLeaf, closing: ProvenLeaf): Promise<ReportPlan>
}

const NOTHING: Hex = `0x${'00'.repeat(32)}`
const BPS = 10_000n

/** As `Discipline` counts. */
export function windowOf({ leaf: a }: ProvenLeaf, { leaf: b }: ProvenLeaf): Window {
  const observed = b.periodsObserved - a.periodsObserved
  if (observed <= 0 || b.uptimeSum < a.uptimeSum) return { observed: 0, uptimeBps: 0 }
  return { observed, uptimeBps: Math.floor((b.uptimeSum - a.uptimeSum) / observed) }
}

export function openDisciplineDesk(economy: Economy, ledgerAt: Hex, deps: PlannerDeps): DisciplineDesk {
  const { discipline, providers } = economy
  const ledger = bindContract(AuditLedgerAbi, ledgerAt, deps.provider)
  const planner = createPlanner(deps)

  async function planReport(opening: ProvenLeaf, closing: ProvenLeaf): Promise<ReportPlan> {
    const call = discipline.call('report', [provenArgs(opening), provenArgs(closing)])
    const report = await planner.plan('report', call)
    const [[id], { serviceBps, slashBps, reporterBps }] = await Promise.all([
      providers.read('bidderOf', [closing.leaf.id]),
      discipline.read('policy', []),
    ])
    const { collateral, withdrawing } = await providers.read('provider', [id])
    const slashed = ((collateral + withdrawing) * BigInt(slashBps) + BPS - 1n) / BPS
    const reporterShare = (slashed * BigInt(reporterBps)) / BPS
    const steps = [report, ...(await weighingOf(id, providers, deps.provider))]
    return { steps, provider: id, serviceBps, slashed, reporterShare, ...windowOf(opening, closing) }
  }

  return {
    ...planner,
    countedFrom: async (sidecar) => Number(await discipline.read('countedFrom', [sidecar])),
    newest: async () => {
      const [period, , posted] = await ledger.read('head', [])
      return posted === 0n ? undefined : Number(period)
    },
    rootOf: async (period) => {
      const root = await ledger.read('rootOf', [BigInt(period)])
      if (root === NOTHING) throw reject('check-not-posted', `period ${period} is not on chain`, { period })
      return root
    },
    planReport,
  }
}
