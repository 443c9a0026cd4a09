// Watching the contracts: every event of the named kinds, in order, at least once, also those that happened while nobody
// watched. Reads only blocks with enough confirmations and remembers how far it came after the listener has taken a
// page, so a crash in between shows some events again: listeners must not mind. It remembers the last block, too: when the
// chain has another one there, a reorganisation was deeper than the confirmations, and it goes back.

import type { Log as ChainLog } from 'ethers'
import { codeOf } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { LOG_PAGE_BLOCKS } from './postings.ts'
import type { Handles } from './handles.ts'
import type { Provider } from './rpc.ts'

/** How far a reader has come, by name; the store implements it. */
export interface Cursors {
  get(name: string): Promise<number | undefined>
  set(name: string, height: number): Promise<void>
}

interface Origin {
  readonly block: number
  readonly tx: Hex
}

/** Numbers of 64 bits are bigints, as the contracts have them. */
export type ChainEvent = Origin &
  (
    | { readonly type: 'registered'; readonly id: number; readonly owner: Hex; readonly signer: Hex }
    | { readonly type: 'slashed'; readonly id: number; readonly reporter: Hex; readonly amount: bigint }
    | { readonly type: 'posted'; readonly period: bigint; readonly poster: Hex; readonly root: Hex }
  )

export interface WatchOptions {
  /** Blocks on top, counting its own, before an event counts; 1 on a local chain. */
  readonly confirmations: number
  readonly pollMs: number
  /** First block of interest when there is no cursor yet: the contracts' deployment or later. */
  readonly fromBlock: number
  /** Name of the cursor. */
  readonly name: string
}

/** Which events are asked for, by first topic, and what they become. */
export interface EventSource<E> {
  readonly addresses: readonly Hex[]
  readonly decoders: ReadonlyMap<string, (log: ChainLog) => E>
}

export interface WatchDeps<E> {
  readonly provider: Provider
  readonly source: EventSource<E>
  readonly cursors: Cursors
  readonly clock: Clock
  readonly log: Log
}

/** How far it goes back after a reorganisation deeper than the confirmations: two epochs, which Ethereum finalises. */
const REORG_BLOCKS = 64

/** A block's name as a cursor's number: 48 bits of its hash, enough to notice another one. */
const markOf = (hash: string): number => Number.parseInt(hash.slice(2, 14), 16)

export interface Watch {
  start(): void
  /** Waits for the listener if it is at work. */
  stop(): Promise<void>
}

/** Registrations, slashes and postings. */
export function networkEvents({ sidecars, ledger }: Pick<Handles, 'sidecars' | 'ledger'>): EventSource<ChainEvent> {
  const origin = (log: ChainLog): Origin => ({ block: log.blockNumber, tx: log.transactionHash as Hex })
  const registered = (log: ChainLog): ChainEvent => {
    const { id, owner, signer } = sidecars.event('Registered', log)
    return { type: 'registered', id, owner, signer, ...origin(log) }
  }
  const slashed = (log: ChainLog): ChainEvent => {
    const { id, reporter, amount } = sidecars.event('Slashed', log)
    return { type: 'slashed', id, reporter, amount, ...origin(log) }
  }
  const posted = (log: ChainLog): ChainEvent => {
    const { period, poster, root } = ledger.event('Posted', log)
    return { type: 'posted', period, poster, root, ...origin(log) }
  }
  const decoders = new Map([
    [sidecars.topic('Registered'), registered],
    [sidecars.topic('Slashed'), slashed],
    [ledger.topic('Posted'), posted],
  ])
  return { addresses: [sidecars.address, ledger.address], decoders }
}

/** Calls `listener` with one event after another. When it rejects, the page is shown again at the next poll. */
export function createWatch<E>(
  options: WatchOptions,
  deps: WatchDeps<E>,
  listener: (event: E) => Promise<void>,
): Watch {
  const { provider, cursors, clock, log, source } = deps
  const { addresses, decoders } = source
  const filter = { address: [...addresses], topics: [[...decoders.keys()]] }
  let cancel: (() => void) | undefined
  let working: Promise<void> = Promise.resolve()
  let stopped = false

  const markName = `${options.name}/block`

  async function page(fromBlock: number, toBlock: number): Promise<void> {
    // Read before the events: if the chain changes in between, the next look finds another block than this.
    const last = await provider.getBlock(toBlock)
    if (!last?.hash) return
    const mark = markOf(last.hash)
    for (const found of await provider.getLogs({ ...filter, fromBlock, toBlock })) {
      const event = decoders.get(found.topics[0] ?? '')?.(found)
      if (event !== undefined && !stopped) await listener(event)
    }
    if (stopped) return
    // Killed between the two, it sees a mark that does not fit and shows some events again.
    await cursors.set(markName, mark)
    await cursors.set(options.name, toBlock + 1)
  }

  /** The next block to read; undefined while the endpoint lacks the block we came to. */
  async function resume(): Promise<number | undefined> {
    const next = (await cursors.get(options.name)) ?? options.fromBlock
    const mark = await cursors.get(markName)
    if (mark === undefined || next === 0) return next
    const last = await provider.getBlock(next - 1)
    if (!last?.hash) return undefined
    if (markOf(last.hash) === mark) return next
    const back = Math.max(0, next - REORG_BLOCKS)
    log.warn('the chain was reorganised: events are read again', { code: 'chain-reorg', from: back, to: next - 1 })
    return back
  }

  async function catchUp(): Promise<void> {
    const newest = (await provider.getBlockNumber()) - options.confirmations + 1
    let next = await resume()
    for (; next !== undefined && next <= newest && !stopped; next += LOG_PAGE_BLOCKS)
      await page(next, Math.min(newest, next + LOG_PAGE_BLOCKS - 1))
  }

  function poll(): void {
    working = catchUp()
      .catch((error: unknown) => {
        log.debug('events could not be read', { code: codeOf(error), error: String(error) })
      })
      .then(() => {
        if (!stopped) cancel = clock.at(clock.now() + options.pollMs, poll)
      })
  }

  return {
    start: poll,
    stop: async () => {
      stopped = true
      cancel?.()
      await working
    },
  }
}
