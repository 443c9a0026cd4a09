// Posted periods as the chain tells them: the root from storage, content id, transaction and poster from the event,
// since the contract stores no more than it needs. Events are searched backwards in pages, no further than the time the
// period began.

import { roundDueAt, periodStart } from '../core/clock.ts'
import { Fault } from '../core/errors.ts'
import type { Hex, Network, PostedPeriod } from '../core/types.ts'
import type { BlockTag } from './contracts.ts'
import type { Handles } from './handles.ts'
import type { Provider } from './rpc.ts'

/** Blocks per eth_getLogs; endpoints that limit the range allow at least this many. */
export const LOG_PAGE_BLOCKS = 2000
/** 2^64−1: "no period" in the contract's words. */
export const NO_PERIOD = 2n ** 64n - 1n
const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`

export interface PostedEvent {
  readonly contentId: Hex
  readonly poster: Hex
  readonly tx: Hex
}

export interface Postings {
  root(period: number): Promise<Hex | undefined>
  /** Undefined when the period is not posted. */
  event(period: number): Promise<PostedEvent | undefined>
  posted(period: number): Promise<PostedPeriod | undefined>
  lastPosted(): Promise<PostedPeriod | undefined>
}

export function createPostings(
  ledger: Handles['ledger'],
  provider: Provider,
  network: () => Promise<Network>,
  readAt: () => Promise<BlockTag>,
): Postings {
  /** Posted for good, as far as this process is concerned; the newest few are asked for again and again. */
  const found = new Map<Hex, PostedEvent>()

  const word = (period: number): Hex => `0x${period.toString(16).padStart(64, '0')}`

  async function search(period: number): Promise<PostedEvent | undefined> {
    const { schedule, drand } = await network()
    const startedAt = roundDueAt(drand, periodStart(schedule, period)) / 1000
    const topics = [ledger.topic('Posted'), word(period)]
    const head = await provider.getBlockNumber()
    for (let to = head; to >= 0; to -= LOG_PAGE_BLOCKS) {
      const from = Math.max(0, to - LOG_PAGE_BLOCKS + 1)
      const [log] = await provider.getLogs({ address: ledger.address, topics, fromBlock: from, toBlock: to })
      if (log) {
        const { contentId, poster } = ledger.event('Posted', log)
        return { contentId, poster, tx: log.transactionHash as Hex }
      }
      const block = await provider.getBlock(from)
      if (!block || block.timestamp < startedAt) return undefined
    }
    return undefined
  }

  async function root(period: number): Promise<Hex | undefined> {
    const value = await ledger.read('rootOf', [BigInt(period)], await readAt())
    return value === ZERO_HASH ? undefined : value
  }

  async function event(period: number, known: Hex): Promise<PostedEvent> {
    // By period and root: after a reorganisation another root means another transaction.
    const name: Hex = `${word(period)}${known.slice(2)}`
    const kept = found.get(name)
    if (kept) return kept
    const posted = await search(period)
    if (!posted)
      throw new Fault('posting-not-found', `period ${period} is posted, but the endpoint has no such event`, {
        data: { period },
      })
    if (found.size >= 64) found.clear()
    found.set(name, posted)
    return posted
  }

  const complete = async (period: number, known: Hex): Promise<PostedPeriod> => ({
    period,
    root: known,
    contentId: (await event(period, known)).contentId,
  })

  return {
    root,
    event: async (period) => {
      const known = await root(period)
      return known && (await event(period, known))
    },
    posted: async (period) => {
      const known = await root(period)
      return known && (await complete(period, known))
    },
    lastPosted: async () => {
      const [last, known] = await ledger.read('head', [], await readAt())
      return last === NO_PERIOD ? undefined : complete(Number(last), known)
    },
  }
}
