// The requester's side of the market: what a job costs, announcing it, ending it. Everything is planned first as plain
// steps, each with its gas as far as the chain can say before the step in front of it is done, so that whoever pays can
// look before anything is sent.

import { toHex, utf8ToBytes } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import type { Hex, Requirements, TokenPrice } from '../core/types.ts'
import type { Call } from './contracts.ts'
import { estimateGas } from './execution.ts'
import { createJobHistory } from './job-history.ts'
import { findMarket } from './market-handles.ts'
import type { MarketHandles } from './market-handles.ts'
import { createJobReader } from './market-jobs.ts'
import type { JobReader } from './market-jobs.ts'
import type { Outbox } from './outbox.ts'
import type { Provider } from './rpc.ts'

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

export interface Step {
  readonly name: string
  readonly call: Call
  /** Undefined: cannot be known before an earlier step is done. */
  readonly gas: bigint | undefined
}

export interface Sent {
  readonly name: string
  readonly tx: Hex
  readonly gasUsed: bigint
}

export interface RequesterDesk {
  readonly handles: MarketHandles
  readonly reader: JobReader
  quote(requirements: Requirements): Promise<JobQuote>
  /** Approval (if needed) and announcement. Faults: `job-kind`, `token-short`, `revert-…`. */
  planAnnouncement(request: JobRequest): Promise<readonly Step[]>
  /** One step: take FP back, list again, complete, send a credit. Fault `revert-…`: what stands against it. */
  plan(name: string, call: Call): Promise<readonly Step[]>
  /** Sends the steps in order. Faults: `revert-…`, those of the outbox. */
  send(steps: readonly Step[]): Promise<readonly Sent[]>
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

export interface RequesterDeps {
  readonly provider: Provider
  /** Its sender pays; only looked at while planning. */
  readonly outbox: Pick<Outbox, 'sender' | 'submit'>
}

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function openRequesterDesk(
  marketplaceAt: Hex,
  { provider, outbox }: RequesterDeps,
): Promise<RequesterDesk> {
  const handles = await findMarket(provider, marketplaceAt)
  const { marketplace, quotes, token } = handles

  const step = async (name: string, call: Call): Promise<Step> => ({
    name,
    call,
    gas: await estimateGas(provider, outbox.sender, { key: name, ...call }),
  })

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
    if (allowed >= maxFixedPrice) return [await step('announce', announce)]
    // The price may move up to the limit until the announcement is mined.
    const approve = await step('approve', token.call('approve', [marketplace.address, maxFixedPrice]))
    return [approve, { name: 'announce', call: announce, gas: undefined }]
  }

  return {
    handles,
    reader: createJobReader(handles, createJobHistory(handles, provider), provider),
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
    plan: async (name, call) => [await step(name, call)],
    send: async (steps) => {
      const sent: Sent[] = []
      for (const { name, call } of steps) {
        const receipt = await outbox.submit({ key: name, ...call })
        sent.push({ name, tx: receipt.hash as Hex, gasUsed: receipt.gasUsed })
      }
      return sent
    },
    announcedBy: async (tx) => {
      const receipt = await provider.getTransactionReceipt(tx)
      const log = receipt?.logs.find(({ topics }) => topics[0] === marketplace.topic('Announced'))
      if (!log) throw new Fault('job-not-found', `transaction ${tx} announced no job`, { data: { tx } })
      return Number(marketplace.event('Announced', log).job)
    },
  }
}
