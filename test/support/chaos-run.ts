// One run of chaos from start to verdict: a network with auctions, kills for so long, quiet until it has recovered, then
// everything that must hold. What does not is a complaint; the caller decides what to do with them.

import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectRpc } from '../../src/chain/rpc.ts'
import { startDevnet } from '../../src/devnet/devnet.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { demoStrategy } from '../../src/devnet/market.ts'
import type { NetworkState } from '../../src/devnet/progress.ts'
import { silentLog, systemClock } from '../../src/system.ts'
import { memorySlopes, missingPeriods, recordsIn, signedTwice } from './chaos-checks.ts'
import { createEars } from './chaos.ts'
import type { ChaosLog, Ears } from './chaos.ts'

export interface ChaosRun {
  readonly nodes: number
  /** Kills, and resolves when everything it killed is up again. */
  readonly wreak: (devnet: Devnet, ears: Ears) => Promise<ChaosLog>
  readonly jobs: number
  /** That must be posted after the last kill. */
  readonly quietPeriods: number
  readonly note: (text: string) => void
  /** Ends the run early. */
  readonly signal: AbortSignal
}

export interface ChaosResult {
  /** Nothing when all held. */
  readonly complaints: readonly string[]
  readonly kills: number
  readonly posted: number
  readonly excused: readonly number[]
  readonly records: number
  readonly jobs: readonly string[]
  /** MB a minute, of sidecars that lived long enough, the steepest first. */
  readonly slopes: readonly number[]
}

const SETTLE_MS = 60_000
const STALL_MS = 180_000
const POLL_MS = 250
const RPC_MS = 10_000

/** Names of transactions that were pending at `since` and still are; undefined while a sidecar has not spoken yet. */
function leftBehind(devnet: Devnet, ears: Ears, pending: ReadonlyMap<number, readonly string[]>, since: number) {
  const spoken = devnet.plans.map(({ id }) => ({ id, heard: ears.statusOf(id) }))
  if (spoken.some(({ heard }) => (heard?.at ?? 0) < since)) return undefined
  return spoken.flatMap(({ id, heard }) =>
    (heard?.status.pendingTransactions ?? [])
      .filter((name) => pending.get(id)?.includes(name))
      .map((name) => `${id}: ${name}`),
  )
}

const pendingNow = (devnet: Devnet, ears: Ears): ReadonlyMap<number, readonly string[]> =>
  new Map(devnet.plans.map(({ id }) => [id, ears.statusOf(id)?.status.pendingTransactions ?? []]))

/** Waits for so many periods after the last kill and for every transaction of that time; what is left when nothing moves any more. */
async function recover(devnet: Devnet, ears: Ears, quietPeriods: number): Promise<readonly string[]> {
  const since = Date.now()
  const pending = pendingNow(devnet, ears)
  const posted = devnet.state().postings.length
  await devnet.periods(posted + quietPeriods)
  const until = Date.now() + STALL_MS
  let left = leftBehind(devnet, ears, pending, since)
  while (Date.now() < until && left?.length !== 0) {
    await sleep(POLL_MS)
    left = leftBehind(devnet, ears, pending, since)
  }
  return left ?? ['a sidecar has not spoken since the last kill']
}

/** Accounts whose newest transactions the chain knows of but cannot mine: one before them is lost. */
async function nonceGaps(devnet: Devnet, ears: Ears): Promise<readonly string[]> {
  const provider = await connectRpc({ urls: [devnet.rpcUrl], timeoutMs: RPC_MS })
  try {
    const gaps: string[] = []
    for (const { id } of devnet.plans) {
      const signer = ears.statusOf(id)?.status.signer
      if (signer === undefined) continue
      const queued = (await provider.send('txpool_content', [])) as { queued?: Record<string, unknown> }
      if (Object.keys(queued.queued ?? {}).some((address) => address.toLowerCase() === signer.toLowerCase()))
        gaps.push(`node ${id} (${signer})`)
    }
    return gaps
  } finally {
    provider.destroy()
  }
}

async function allRecords(devnet: Devnet) {
  const records = []
  for (const { dataDir } of devnet.plans) records.push(...(await recordsIn(dataDir)))
  return records
}

const jobLines = ({ jobs }: NetworkState): readonly string[] => jobs.map(({ job }) => `${job.id}: ${job.state}`)

export async function runChaos({ nodes, wreak, jobs, quietPeriods, note, signal }: ChaosRun): Promise<ChaosResult> {
  const ears = createEars(Date.now)
  const devnet = await startDevnet(
    {
      nodes,
      faults: [],
      // An auction each half minute or so.
      market: { jobs, everyRounds: 30, payAsBid: false, strategy: demoStrategy },
      stallMs: STALL_MS,
      keep: true,
    },
    {
      clock: systemClock,
      log: silentLog,
      random: () => 0,
      onReport: (report) => {
        ears.hear(report)
        if (report.type === 'posted')
          note(`period ${report.posting.period} is on chain, ${report.posting.signers} signed`)
        if (report.type === 'job') note(`job ${report.report.job.id} is ${report.report.job.state}`)
      },
      signal,
    },
  )
  const folder = dirname(devnet.plans[0]?.dataDir ?? '')
  let kept = true
  try {
    const log = await wreak(devnet, ears)
    note('no more kills: waiting until all has recovered')
    const left = await recover(devnet, ears, quietPeriods)
    const gaps = await nonceGaps(devnet, ears)
    const state = devnet.state()
    await devnet.stop()
    const result = await judge(devnet, ears, log, state, [
      ...left.map((name) => `a transaction is still pending: node ${name}`),
      ...gaps.map((who) => `a transaction before others is lost: ${who}`),
    ])
    kept = result.complaints.length > 0
    return result
  } finally {
    await devnet.stop()
    if (!kept) rmSync(folder, { recursive: true, force: true })
    else note(`data directories and logs are in ${folder}`)
  }
}

async function judge(
  devnet: Devnet,
  ears: Ears,
  { outages, memory }: ChaosLog,
  state: NetworkState,
  complaints: readonly string[],
): Promise<ChaosResult> {
  const { excused, owed } = missingPeriods(devnet, { outages, missed: ears.missed }, state.postings)
  const records = await allRecords(devnet)
  const slopes = [...memorySlopes(memory, SETTLE_MS).values()].map((bytes) => bytes / 1e6)
  return {
    complaints: [
      ...complaints,
      ...ears.caught,
      ...signedTwice(records).map((place) => `signed twice: ${place}`),
      ...owed.map((period) => `period ${period} had a quorum and is not on chain`),
    ],
    kills: outages.length,
    posted: state.postings.length,
    excused,
    records: records.length,
    jobs: jobLines(state),
    slopes: slopes.toSorted((a, b) => b - a),
  }
}
