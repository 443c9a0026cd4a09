// What happened to one job, from its events: they name the transaction and carry what the contract does not store. All of
// them lie between the block of the announcement, found once by searching backwards, and the head.

import type { ExtractAbiEventNames } from 'abitype'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { MarketplaceAbi } from './abi/Marketplace.ts'
import type { EventArgs } from './contracts.ts'
import type { Found, MarketHandles } from './market-handles.ts'
import { LOG_PAGE_BLOCKS } from './postings.ts'
import type { Provider } from './rpc.ts'

type Name = ExtractAbiEventNames<typeof MarketplaceAbi>
type Args<N extends Name> = EventArgs<typeof MarketplaceAbi, N>
type Decode = <N extends Name>(name: N, log: Found) => Args<N>

/** Announcement blocks kept: of more jobs than run at once. */
const KNOWN_MAX = 512

export interface Happened<N extends Name> {
  readonly args: Args<N>
  readonly tx: Hex
  readonly block: number
}

/** Where an event is to be found. */
export type Origin = Pick<Happened<'Announced'>, 'tx' | 'block'>

export type ProjectEvent = 'Started' | 'Resumed' | 'Completed' | 'Failed'

export interface JobHistory {
  /** Block of the announcement. Fault `job-not-found`. */
  announcedIn(job: number, head: number): Promise<number>
  /** The announcement, which alone says what the job runs. Fault `job-not-found`. */
  announcement(job: number, head: number): Promise<Happened<'Announced'>>
  /** Events of one name up to block `head`, oldest first. */
  all<N extends Name>(job: number, name: N, head: number): Promise<readonly Happened<N>[]>
  /** An event of its project that happens once. */
  ofProject(job: number, name: ProjectEvent, head: number): Promise<Origin | undefined>
}

const wordOf = (job: number): Hex => `0x${job.toString(16).padStart(64, '0')}`

export function createJobHistory(
  { marketplace, projects }: Pick<MarketHandles, 'marketplace' | 'projects'>,
  provider: Provider,
): JobHistory {
  const announced = new Map<number, number>()
  // The same signature, told once more: the compiler does not find it equal through the generics.
  const decode = marketplace.event as Decode

  const logsOf = (address: Hex, topic: Hex, job: number, fromBlock: number, toBlock: number) =>
    provider.getLogs({ address, topics: [topic, wordOf(job)], fromBlock, toBlock })

  const logs = (job: number, name: Name, fromBlock: number, toBlock: number) =>
    logsOf(marketplace.address, marketplace.topic(name), job, fromBlock, toBlock)

  /** Page by page, from the announcement on. */
  async function paged(job: number, head: number, read: (from: number, to: number) => Promise<readonly Found[]>) {
    const found: Found[] = []
    for (let from = await announcedIn(job, head); from <= head; from += LOG_PAGE_BLOCKS)
      found.push(...(await read(from, Math.min(head, from + LOG_PAGE_BLOCKS - 1))))
    return found
  }

  const happened = <N extends Name>(name: N, log: Found): Happened<N> => ({
    args: decode(name, log),
    tx: log.transactionHash as Hex,
    block: log.blockNumber,
  })

  async function announcedIn(job: number, head: number): Promise<number> {
    const known = announced.get(job)
    if (known !== undefined) return known
    for (let to = head; to >= 0; to -= LOG_PAGE_BLOCKS) {
      const [log] = await logs(job, 'Announced', Math.max(0, to - LOG_PAGE_BLOCKS + 1), to)
      if (!log) continue
      if (announced.size >= KNOWN_MAX) announced.clear()
      announced.set(job, log.blockNumber)
      return log.blockNumber
    }
    throw new Fault('job-not-found', `the endpoint has no announcement of job ${job}`, { data: { job } })
  }

  /** Its number may have been another's job in blocks that are no longer: then it is searched anew. */
  async function announcement(job: number, head: number): Promise<Happened<'Announced'>> {
    const block = await announcedIn(job, head)
    const [log] = await logs(job, 'Announced', block, block)
    if (log) return happened('Announced', log)
    announced.delete(job)
    return announcement(job, head)
  }

  return {
    announcedIn,
    announcement,
    all: async (job, name, head) =>
      (await paged(job, head, (from, to) => logs(job, name, from, to))).map((log) => happened(name, log)),
    ofProject: async (job, name, head) => {
      const topic = projects.topic(name)
      const [log] = await paged(job, head, (from, to) => logsOf(projects.address, topic, job, from, to))
      return log && { tx: log.transactionHash as Hex, block: log.blockNumber }
    },
  }
}
