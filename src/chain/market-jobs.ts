// Jobs as the marketplace keeps them, as the domain knows them. What the contract has overwritten by the settlement (the
// certified hash) or never stored (what it runs, who took part in the draw) comes from events and from the settling transaction.

import type { AbiParametersToPrimitiveTypes, ExtractAbiFunction } from 'abitype'
import { fromHex } from '../core/bytes.ts'
import { invariant } from '../core/errors.ts'
import type { Hex, JobRun, JobState, MarketJob } from '../core/types.ts'
import type { MarketplaceAbi } from './abi/Marketplace.ts'
import type { ProjectsAbi } from './abi/Projects.ts'
import type { JobHistory } from './job-history.ts'
import type { MarketHandles } from './market-handles.ts'
import type { Provider } from './rpc.ts'

/** `IMarketplace.Job`. */
export type JobRecord = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<typeof MarketplaceAbi, 'jobOf'>['outputs'],
  'outputs'
>[0]

/** `IProjects.Project`. */
export type ProjectRecord = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<typeof ProjectsAbi, 'projectOf'>['outputs'],
  'outputs'
>[0]

/** ASCII in a word, padded with zeros; what is not printable is shown as hex, so that nobody's terminal is written to. */
export function kindText(word: Hex): string {
  const bytes = fromHex(word, 32)
  const end = bytes.findIndex((byte) => byte === 0)
  const text = end < 0 ? bytes : bytes.subarray(0, end)
  const plain = text.length > 0 && text.every((byte) => byte > 0x20 && byte < 0x7f)
  return plain && bytes.subarray(text.length).every((byte) => byte === 0) ? String.fromCharCode(...text) : word
}

/** `IMarketplace.State` and `IProjects.State`, in their order from 1. What runs is told apart by its project. */
const JOB_STATE_ORDER = [
  ...(['announced', 'certified', 'awarded', 'reported', 'running'] as const),
  ...(['unsold', 'refunded', 'relisted'] as const),
]
const PROJECT_STATE_ORDER = ['reported', 'running', 'disputed', 'completed', 'failed'] as const

export const stateOf = (index: number, project: number): JobState | undefined => {
  const state = JOB_STATE_ORDER[index - 1]
  return state === 'running' ? PROJECT_STATE_ORDER[project - 1] : state
}

/** States after which no sidecar has anything to do. */
const OVER: readonly JobState[] = [
  ...(['running', 'disputed', 'completed', 'failed'] as const),
  ...(['unsold', 'refunded', 'relisted'] as const),
]
export const isOver = (state: JobState): boolean => OVER.includes(state)

/** States a job can only be in when its openings were certified. */
const CERTIFIED: readonly JobState[] = [
  ...(['certified', 'awarded', 'reported', 'unsold'] as const),
  ...(['running', 'disputed', 'completed', 'failed'] as const),
]

type Extras = Pick<MarketJob, 'kind' | 'specHash' | 'openingsHash' | 'took'>

function runOf({ serviceBps }: JobRecord, project: ProjectRecord): JobRun | undefined {
  if (project.state === 0) return undefined
  const { sidecar, from, startedAt, endsAt, completableAt, profit, profitEth } = project
  return { sidecar, since: Number(from), serviceBps, startedAt, endsAt, completableAt, profit, profitEth }
}

function jobOf(id: number, record: JobRecord, project: ProjectRecord, state: JobState, extras: Extras): MarketJob {
  const run = runOf(record, project)
  return {
    id,
    rules: {
      shortlist: record.shortlist,
      pricing: record.payAsBid ? 'payAsBid' : 'vickrey',
      reserve: record.reserve,
    },
    closeRound: record.closeRound,
    openRound: record.openRound,
    pickRound: record.pickRound,
    requester: record.requester,
    requirements: {
      cpuMilliGhz: record.cpuMilliGhz,
      memoryMilliGb: record.memoryMilliGb,
      storageMilliGb: record.storageMilliGb,
      durationSeconds: record.durationSeconds,
    },
    fixedPrice: record.fixedPrice,
    state,
    deadlineAt: run && run.endsAt !== 0 ? run.endsAt : record.deadline,
    rank: record.rank,
    winner: record.winner,
    price: record.price,
    run,
    ...extras,
  }
}

/** Positions set in a bitmap, increasing. */
export function positionsOf(bitmap: bigint): readonly number[] {
  const bits = bitmap.toString(2)
  return [...bits].flatMap((bit, i) => (bit === '1' ? [bits.length - 1 - i] : [])).reverse()
}

export interface JobReader {
  /** The job as of block `at`; undefined when there is none of that number. */
  job(id: number, at: number): Promise<MarketJob | undefined>
  /** The bids a settlement showed, and its bitmap of those that took part; undefined before it. */
  settlement(id: number, at: number): Promise<Settlement | undefined>
}

export interface Settlement {
  readonly tx: Hex
  readonly block: number
  /** What the committee had certified. */
  readonly certified: Hex
  readonly eligible: bigint
  readonly setter: number
  /** The list as shown; undefined when another contract made the call, whose input says nothing. */
  readonly bids: readonly { readonly provider: number; readonly opened: boolean; readonly content: Hex }[] | undefined
}

export function createJobReader(
  { marketplace, projects }: Pick<MarketHandles, 'marketplace' | 'projects'>,
  history: JobHistory,
  provider: Provider,
): JobReader {
  async function settlement(id: number, at: number): Promise<Settlement | undefined> {
    const [settled] = await history.all(id, 'Settled', at)
    const [certified] = await history.all(id, 'OpeningsCertified', at)
    if (!settled || !certified) return undefined
    const { tx, block, args } = settled
    const transaction = await provider.getTransaction(tx)
    const [job, bids] = (transaction && marketplace.args('settle', transaction.data)) ?? []
    // A call of another job's settlement, made by a contract on the way, would not be ours.
    const { openingsHash } = certified.args
    const shown = job === BigInt(id) ? bids : undefined
    return { tx, block, certified: openingsHash, eligible: args.eligible, setter: args.setter, bids: shown }
  }

  async function extrasOf(id: number, state: JobState, at: number): Promise<Extras> {
    const { kind, specHash } = (await history.announcement(id, at)).args
    const nothing: Extras = { kind: kindText(kind), specHash, openingsHash: undefined, took: undefined }
    if (!CERTIFIED.includes(state)) return nothing
    const [certified] = await history.all(id, 'OpeningsCertified', at)
    const openingsHash = certified?.args.openingsHash
    if (state === 'certified') return { ...nothing, openingsHash }
    const [settled] = await history.all(id, 'Settled', at)
    return { ...nothing, openingsHash, took: settled && positionsOf(settled.args.eligible) }
  }

  return {
    settlement,
    job: async (id, at) => {
      const [record, project] = await Promise.all([
        marketplace.read('jobOf', [BigInt(id)], at),
        projects.read('projectOf', [BigInt(id)], at),
      ])
      if (record.state === 0) return undefined
      const state = stateOf(record.state, project.state)
      invariant(state, `a job is in state ${record.state}, its project in ${project.state}`)
      return jobOf(id, record, project, state, await extrasOf(id, state, at))
    },
  }
}
