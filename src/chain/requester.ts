// The requester's side of the market: what a job costs, announcing it, ending it. Everything is planned first as plain
// steps, each with its gas as far as the chain can say before the step in front of it is done, so that whoever pays can
// look before anything is sent.

import { toHex, utf8ToBytes } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import type { Hex, Requirements, TokenPrice } from '../core/types.ts'
import { createJobHistory } from './job-history.ts'
import { findMarket } from './market-handles.ts'
import type { MarketHandles } from './market-handles.ts'
import { createJobReader } from './market-jobs.ts'
import type { JobReader } from './market-jobs.ts'
import { createPlanner, laterStep } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'
import { weighingOf } from './weighing.ts'

export interface JobRequest {
  readonly kind: string
  readonly specHash: Hex
  readonly requirements: Requirements
  readonly rounds: { readonly close: number; readonly open: number; readonly pick: number }
  /** Most to pay, ANKR base units: the price may move until the announcement. */
  readonly maxFixedPrice: bigint
}

export interface JobQuote {
  readonly fixedPrice: bigint
  readonly reserve: bigint
  readonly tokenPrice: TokenPrice
  readonly rewardBps: number
  readonly insuranceBps: number
  readonly shortlist: number
  readonly payAsBid: boolean
}

/** `plan` takes one step: take FP back, complete, send a credit. */
export interface RequesterDesk extends Planner {
  readonly handles: MarketHandles
  readonly reader: JobReader
  quote(requirements: Requirements): Promise<JobQuote>
  /** Approval (if needed) and announcement. Faults: `job-kind`, `token-short`, `revert-…`. */
  planAnnouncement(request: JobRequest): Promise<readonly Step[]>
  /** The same job listed again, paid by its price. Faults: `job-not-found`, `revert-…`. */
  planRelisting(job: number, rounds: JobRequest['rounds']): Promise<Step>
  /** Fails a job by `call`, and what follows for its provider. Faults: `revert-…`. */
  planFailure(name: string, job: number, call: Step['call']): Promise<readonly Step[]>
  /** Number of the job that a transaction announced. */
  announcedBy(tx: Hex): Promise<number>
}

const KIND_BYTES = 32

/** A kind as the contract keeps it: printable ASCII, at most 32 bytes. Fault `job-kind`. */
export function kindWord(kind: string): Hex {
  if (!/^[\x21-\x7e]{1,32}$/.test(kind))
    throw reject('job-kind', 'a workload kind is 1 to 32 printable ASCII characters without spaces')
  const bytes = new Uint8Array(KIND_BYTES)
  bytes.set(utf8ToBytes(kind))
  return toHex(bytes)
}

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function openRequesterDesk(marketplaceAt: Hex, { provider, outbox }: PlannerDeps): Promise<RequesterDesk> {
  const handles = await findMarket(provider, marketplaceAt)
  const { marketplace, quotes, token } = handles

  const planner = createPlanner({ provider, outbox })
  const history = createJobHistory(handles, provider)

  async function requireFunds(fixedPrice: bigint): Promise<void> {
    const balance = await token.read('balanceOf', [outbox.sender])
    if (balance < fixedPrice)
      throw new Fault('token-short', `the job costs ${fixedPrice} base units of ANKR, the account has ${balance}`, {
        data: { fixedPrice, balance },
      })
  }

  async function planAnnouncement(request: JobRequest): Promise<readonly Step[]> {
    const { requirements, rounds, specHash, maxFixedPrice } = request
    const kind = kindWord(request.kind)
    const fixedPrice = await quotes.read('quote', [requirements])
    await requireFunds(fixedPrice)
    const announce = marketplace.call('announce', [{ requirements, kind, specHash, rounds, maxFixedPrice }])
    const allowed = await token.read('allowance', [outbox.sender, marketplace.address])
    if (allowed >= maxFixedPrice) return [await planner.plan('announce', announce)]
    // The price may move up to the limit until the announcement is mined.
    const approve = await planner.plan('approve', token.call('approve', [marketplace.address, maxFixedPrice]))
    return [approve, laterStep('announce', announce)]
  }

  return {
    ...planner,
    handles,
    reader: createJobReader(handles, history, provider),
    quote: async (requirements) => {
      const [fixedPrice, [usd, decimals], policy] = await Promise.all([
        quotes.read('quote', [requirements]),
        quotes.read('tokenPrice', []),
        marketplace.read('policy', []),
      ])
      const { rewardBps, insuranceBps, shortlist, payAsBid } = policy
      const reserve = (fixedPrice * BigInt(10_000 - rewardBps - insuranceBps)) / 10_000n
      return { fixedPrice, reserve, tokenPrice: { usd, decimals }, rewardBps, insuranceBps, shortlist, payAsBid }
    },
    planAnnouncement,
    planRelisting: async (job, rounds) => {
      const { kind, specHash } = (await history.announcement(job, await provider.getBlockNumber())).args
      return planner.plan('relist', marketplace.call('relist', [BigInt(job), kind, specHash, rounds]))
    },
    planFailure: async (name, job, call) => {
      const fail = await planner.plan(name, call)
      const { winner } = await marketplace.read('jobOf', [BigInt(job)])
      return [fail, ...(await weighingOf(winner, handles.providers, provider))]
    },
    announcedBy: async (tx) => {
      const receipt = await provider.getTransactionReceipt(tx)
      const log = receipt?.logs.find(({ topics }) => topics[0] === marketplace.topic('Announced'))
      if (!log) throw new Fault('job-not-found', `transaction ${tx} announced no job`, { data: { tx } })
      return Number(marketplace.event('Announced', log).job)
    },
  }
}
