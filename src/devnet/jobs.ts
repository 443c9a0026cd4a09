// The requester of a local network: announces so many jobs once the first committee is fixed, and tells what becomes of
// them as the chain has it. Promises each change once. It bids nothing and settles nothing: the sidecars do.

import { openJobOffice } from '../job-report.ts'
import type { JobOfficeDeps, JobReport } from '../job-report.ts'
import type { Hex, Schedule } from '../core/types.ts'
import { ZERO_32, toHex } from '../core/bytes.ts'
import { DEMO_JOB, DEMO_KIND } from './market.ts'

export interface JobsOptions {
  readonly marketplace: Hex
  readonly count: number
  /** Rounds between two announcements; 0: all at once. */
  readonly everyRounds: number
  readonly schedule: Schedule
}

export interface Jobs {
  /** Announces what is due at `round`; the jobs that are new or changed since the last call. Faults: those of the chain. */
  tick(round: number): Promise<readonly JobReport[]>
}

/** Rounds for the announcements themselves, before the least time for bids begins to count. */
const SLACK_ROUNDS = 4

/** What a view shows of a job that can change. */
const faceOf = ({ job }: JobReport): string => [job.state, job.rank, job.winner].join('/')

export async function createJobs(
  { marketplace, count, everyRounds, schedule }: JobsOptions,
  deps: JobOfficeDeps,
): Promise<Jobs> {
  const { desk, report } = await openJobOffice(marketplace, deps)
  const { timing } = desk.handles
  const faces = new Map<number, string>()
  const due = schedule.genesisRound + 1
  let announced = 0

  async function announce(round: number): Promise<void> {
    const { fixedPrice } = await desk.quote(DEMO_JOB)
    const close = round + SLACK_ROUNDS + timing.bidRounds
    const open = close + timing.certifyRounds
    const rounds = { close, open, pick: open + timing.pickRounds }
    const job = { kind: DEMO_KIND, specHash: toHex(ZERO_32), requirements: DEMO_JOB, rounds, maxFixedPrice: fixedPrice }
    // The chain's clock runs behind: blocks come once a second.
    const tx = (await desk.send(await desk.planAnnouncement(job))).at(-1)?.tx
    if (tx) faces.set(await desk.announcedBy(tx), '')
    announced++
  }

  return {
    tick: async (round) => {
      if (round < due) return []
      while (announced < count && round >= due + announced * everyRounds) await announce(round)
      const changed: JobReport[] = []
      for (const [id, face] of faces) {
        const now = await report(id)
        if (!now || faceOf(now) === face) continue
        faces.set(id, faceOf(now))
        changed.push(now)
      }
      return changed
    },
  }
}
