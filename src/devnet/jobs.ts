// The requester of a local network: announces so many jobs once the first committee is fixed, pays in what each earns while
// it runs, ends it when its time is over, and tells what becomes of them as the chain has it. Promises each change once. It
// bids nothing and settles nothing: the sidecars do.

import { laterStep } from '../chain/steps.ts'
import { openJobOffice } from '../job-report.ts'
import type { JobOfficeDeps, JobReport } from '../job-report.ts'
import { roundDueAt } from '../core/clock.ts'
import type { Hex, Schedule } from '../core/types.ts'
import { ZERO_32, toHex } from '../core/bytes.ts'
import { isOver } from './progress.ts'
import { DEMO_JOB, DEMO_KIND, DEMO_PROFIT } from './market.ts'

export interface JobsOptions {
  readonly marketplace: Hex
  readonly count: number
  /** Rounds between two announcements; 0: each as soon as the one before is over. A sidecar runs one node, and so bids on one. */
  readonly everyRounds: number
  readonly schedule: Schedule
}

export interface Jobs {
  /** Announces what is due at `round`; the jobs that are new or changed since the last call. Faults: those of the chain. */
  tick(round: number): Promise<readonly JobReport[]>
}

/** Rounds for the announcements themselves, before the least time for bids begins to count. */
const SLACK_ROUNDS = 4

/** The newest block is older than now: what it does not allow yet is not asked for. */
const BLOCK_LAG_SECONDS = 2

/** What a view shows of a job that can change. */
const faceOf = ({ job }: JobReport): string => [job.state, job.rank, job.winner].join('/')

export async function createJobs(
  { marketplace, count, everyRounds, schedule }: JobsOptions,
  deps: JobOfficeDeps,
): Promise<Jobs> {
  const { desk, report } = await openJobOffice(marketplace, deps)
  const { timing, clock, projects, token } = desk.handles
  const faces = new Map<number, string>()
  const over = new Set<number>()
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

  async function earn(job: bigint): Promise<void> {
    const { ankr, eth } = DEMO_PROFIT
    const approve = await desk.plan('approve', token.call('approve', [projects.address, ankr]))
    const deposit = laterStep('profit', projects.call('depositProfit', [job, ankr]))
    const inEth = await desk.plan('profit in ETH', { ...projects.call('depositEth', [job]), value: eth })
    await desk.send([approve, deposit, inEth])
  }

  /** What its requester does about a running job: pays in what it earned, and ends it as soon as its time is over. */
  async function attend({ job: { id, state, run, deadlineAt } }: JobReport, round: number): Promise<void> {
    if (state !== 'running' || !run) return
    if (run.profitEth === 0n) return earn(BigInt(id))
    if (roundDueAt(clock, round) / 1000 < deadlineAt + BLOCK_LAG_SECONDS) return
    await desk.send([await desk.plan('complete', projects.call('complete', [BigInt(id)]))])
  }

  /** Are there bidders that nothing else may claim? */
  const isFree = (): boolean => everyRounds > 0 || over.size === announced

  return {
    tick: async (round) => {
      if (round < due) return []
      if (announced < count && round >= due + announced * everyRounds && isFree()) await announce(round)
      const changed: JobReport[] = []
      for (const [id, face] of faces) {
        const now = await report(id)
        if (!now) continue
        if (isOver(now)) over.add(id)
        await attend(now, round)
        if (faceOf(now) === face) continue
        faces.set(id, faceOf(now))
        changed.push(now)
      }
      return changed
    },
  }
}
