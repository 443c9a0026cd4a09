// Jobs as they change: each event of the marketplace or of its project makes the listener see its job as it is now. Resumes from a stored
// cursor, shows nothing below the wanted confirmations, and shows a job again rather than never.

import type { Log as ChainLog } from 'ethers'
import type { MarketJob } from '../core/types.ts'
import { createWatch } from './events.ts'
import type { EventSource, Watch, WatchDeps, WatchOptions } from './events.ts'
import type { MarketHandles } from './market-handles.ts'

/** Events after which a job is no longer what it was. */
const CHANGES = [
  'Announced',
  'BidCommitted',
  'OpeningsCertified',
  'Settled',
  'Unsold',
  'TakenOver',
  'StartReported',
  'Refunded',
  'Relisted',
] as const
const PROJECT_CHANGES = ['Started', 'ProfitDeposited', 'Completed', 'Failed', 'Disputed', 'Ruled', 'Resumed'] as const

/** The number of the job each of them is about. */
function jobEvents({ marketplace, projects }: Pick<MarketHandles, 'marketplace' | 'projects'>): EventSource<number> {
  const jobIn = (log: ChainLog): number => Number(BigInt(log.topics[1] ?? '0x0'))
  return {
    addresses: [marketplace.address, projects.address],
    decoders: new Map([
      ...CHANGES.map((name) => [marketplace.topic(name), jobIn] as const),
      ...PROJECT_CHANGES.map((name) => [projects.topic(name), jobIn] as const),
    ]),
  }
}

export interface JobWatchDeps extends Omit<WatchDeps<number>, 'source'> {
  readonly handles: Pick<MarketHandles, 'marketplace' | 'projects'>
  readonly job: (id: number) => Promise<MarketJob | undefined>
}

/** Calls `listener` with each job that changed, in the order of the changes. */
export function createJobWatch(
  options: WatchOptions,
  { handles, job, ...deps }: JobWatchDeps,
  listener: (job: MarketJob) => void,
): Watch {
  return createWatch(options, { ...deps, source: jobEvents(handles) }, async (id) => {
    const changed = await job(id)
    if (changed) listener(changed)
  })
}
