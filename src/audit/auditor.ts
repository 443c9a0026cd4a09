// The audit workflow of one sidecar: what it needs from the world, what it offers to it. Driven by beacons and records
// alone; acts only through ports. The wiring hands it verified beacons and decoded records and serves its answers.

import { toHex } from '../core/bytes.ts'
import { epochOf, epochStart, periodOf, periodStart } from '../core/clock.ts'
import type { Phase } from '../core/clock.ts'
import { codeOf, ignore } from '../core/errors.ts'
import type {
  Beacons,
  Bls,
  CertificateSigner,
  Clock,
  EvidencePeers,
  EvidenceStore,
  Gossip,
  Journal,
  Ledger,
  Log,
  MeshEvent,
  Prober,
  RandomBytes,
  RecordSigner,
  RecordVerifier,
  Topic,
  Verdict,
  Workload,
} from '../core/ports.ts'
import type { ProbeRequest } from '../core/answers.ts'
import type { Beacon, Hex, Member, Network, Roster, SignedRecord } from '../core/types.ts'
import { createLane } from '../round/lane.ts'
import { createWaiting } from '../round/waiting.ts'
import { createArchive } from './archive.ts'
import { auditorsOf, targetsOf } from './assignment.ts'
import { createChainDuties } from './chain.ts'
import { endRoundOf } from './context.ts'
import type { PeriodContext } from './context.ts'
import { createDoor } from './door.ts'
import { createPeriod } from './period.ts'
import type { PeriodDeps } from './period.ts'
import { createPeriods } from './periods.ts'
import { createRosters } from './rosters.ts'
import { createSummaries } from './summaries.ts'

export interface AuditorOptions {
  readonly network: Network
  /** Probes per target and period, 1 … 64. */
  readonly probes: number
  /** How long one probe may take before it counts as a timeout. */
  readonly probeTimeoutMs: number
  /** How many blocks a target may be behind the auditor's own node and still be up. */
  readonly lagBlocks: number
  /** Newest blocks never asked for: they may still be reorganised or not have reached the target. */
  readonly marginBlocks: number
  /** Rounds between one backup and the next for seating, posting and slashing. */
  readonly staggerRounds: number
  /** Whose place is told and whose duties towards the chain are taken up, without signing anything; absent: the signer's. */
  readonly watched?: Hex
}

export interface AuditorDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly beacons: Beacons
  readonly ledger: Ledger
  readonly gossip: Gossip
  readonly signer: RecordSigner
  readonly verifier: RecordVerifier
  readonly bls: Bls
  readonly certificateSigner: CertificateSigner
  readonly prober: Prober
  readonly workload: Workload
  /** Nodes to compare with besides our own. */
  readonly yardsticks: readonly Workload[]
  /** Does the chain say that this sidecar runs a job? Undefined where there is no market to ask. */
  readonly runsJob?: ((sidecar: number) => Promise<boolean>) | undefined
  readonly peers: EvidencePeers
  readonly journal: Journal
  readonly evidence: EvidenceStore
  readonly log: Log
  /** Told what happened; must not throw, never steers the workflow. */
  readonly emit: (event: MeshEvent) => void
}

export interface AuditorStatus {
  /** Newest round acted on; 0 before the first. */
  readonly round: number
  readonly period: number
  readonly phase: 'waiting' | Phase
  /** Our registration in the current epoch; undefined while we only observe. */
  readonly id: number | undefined
  readonly slot: number | undefined
  readonly seat: number | undefined
  /** Members of the current epoch. */
  readonly members: number
  /** Sidecar ids we audit in this period, and those that audit us. */
  readonly targets: readonly number[]
  readonly auditors: readonly number[]
  /** Newest period known to be on chain. */
  readonly lastPosted: number | undefined
  /** Records waiting for their round. */
  readonly waiting: number
}

export interface Auditor {
  /** A verified beacon. Older than the newest seen: no effect. Returns at once. */
  onBeacon(beacon: Beacon): void
  /** A decoded record from a topic; `from` names the forwarding peer for the log. May take rounds when it is early. */
  onRecord(topic: Topic, record: SignedRecord, from: string): Promise<Verdict>
  /** Target side of a probe; `fromPeerKey` is the authenticated Ed25519 key of the stream. Faults name the refusal. */
  answer(request: ProbeRequest, fromPeerKey: Uint8Array): Promise<SignedRecord>
  status(): AuditorStatus
  /** Loads what the running period left behind and acts on the newest beacon known; then waits for beacons. */
  start(): Promise<void>
  /** Stops timers, aborts what waits, flushes evidence; afterwards nothing is signed or published. */
  stop(): Promise<void>
}

/** createAuditor's type: what may stand in for it. */
export type CreateAuditor = typeof createAuditor

/** Memory of early messages: what honest authors send early is one record of each kind, a round or two ahead. */
const WAITING = { perAuthor: 8, total: 4096, aheadRounds: 3 }

/** So many rounds the newest block may be behind the first beacon of an epoch before that is worth a word. */
const CHAIN_ROUNDS = 5

export function createAuditor(options: AuditorOptions, deps: AuditorDeps): Auditor {
  const { network } = options
  const { schedule } = network
  const stopping = new AbortController()
  const waiting = createWaiting(WAITING)
  const archive = createArchive(deps.evidence)
  const summaries = createSummaries(deps.evidence, deps.peers)
  let round = 0
  let acted = 0

  const rosters = createRosters(deps.ledger)
  const chain = createChainDuties(
    { network, staggerRounds: options.staggerRounds, me: (context) => watchedIn(context.roster)?.id },
    { ...deps, summaries, signal: stopping.signal },
  )
  const memberIn = (roster: Roster, address: Hex): Member | undefined =>
    roster.members.find(({ signer }) => signer === address)
  const watchedIn = (roster: Roster): Member | undefined => memberIn(roster, options.watched ?? deps.signer.address)
  const periods = createPeriods({ network, beacons: deps.beacons, rosters, signal: stopping.signal }, (context) =>
    createPeriod(options, periodDeps, context, memberIn(context.roster, deps.signer.address)),
  )
  const door = createDoor({
    ...deps,
    network,
    waiting,
    round: () => round,
    roster: (epoch) => rosters.known(epoch),
    open: (period) => periods.open(period, round),
  })
  const periodDeps: PeriodDeps = {
    ports: deps,
    archive,
    summaries,
    chain,
    signal: stopping.signal,
    round: () => round,
    admit: (period, record) => door.admit(period, record),
  }
  const lane = createLane((error) => stuck('round', error))
  const fetching = createLane((error) => stuck('roster', error))

  function stuck(step: string, error: unknown): void {
    if (stopping.signal.aborted) return
    const period = periodOf(schedule, round)
    const code = codeOf(error)
    if (
      code === 'epoch-not-fixed' &&
      round < epochStart(schedule, Math.max(0, epochOf(schedule, period))) + CHAIN_ROUNDS
    )
      return deps.log.debug('waiting for the chain to reach the epoch', { step, period })
    deps.log.warn('a step failed', { step, period, code, error })
    deps.emit({ type: 'stuck', period, step, code })
  }

  function onBeacon(beacon: Beacon): void {
    if (beacon.round <= round || stopping.signal.aborted) return
    round = beacon.round
    waiting.handled(round)
    // The lane keeps only the newest: after a stall we act once, on the round that is now.
    lane.run(() => act(round))
  }

  async function act(now: number): Promise<void> {
    const period = periodOf(schedule, now)
    await archive.flush().catch((error: unknown) => stuck('archive', error))
    // Beside the lane: a slow endpoint must not cost a phase.
    fetching.run(() => rosters.ahead(epochOf(schedule, Math.max(0, period))))
    if (period < 0) return
    // The period before goes on until our views begin, so at most two are alive.
    for (const one of [period - 1, period]) {
      if (one < 0 || now >= endRoundOf(network, one)) continue
      const open = await periods.open(one, now)
      await open?.act(now)
      if (open && one === period) chain.tick(now, open.context)
    }
    await prune(period)
    acted = now
  }

  async function prune(period: number): Promise<void> {
    if (!periods.prune(period)) return
    rosters.prune(epochOf(schedule, period))
    await deps.evidence.prune(Math.max(0, period - schedule.evidencePeriods))
  }

  async function answer(request: ProbeRequest, fromPeerKey: Uint8Array): Promise<SignedRecord> {
    const start = periodStart(schedule, request.period)
    // Our beacon may be a moment behind the auditor's: that is no reason to look dead.
    const wait = await waiting.until(start, `probe ${toHex(fromPeerKey)}`)
    if (wait !== 'due') throw ignore('wrong-period', `period ${request.period} has not begun here`)
    const period = await periods.open(request.period, round)
    if (!period?.responder) throw ignore('wrong-period', `not a member in period ${request.period}`)
    return period.responder.answer(request, fromPeerKey, round)
  }

  function status(): AuditorStatus {
    const period = periodOf(schedule, round)
    const open = periods.now(period)
    const context = open?.context
    const me = context && watchedIn(context.roster)
    const slot = me?.slot
    const ids = (slots: readonly number[]): readonly number[] =>
      slots.map((one) => context?.roster.members[one]?.id ?? 0)
    return {
      round: acted,
      period,
      phase: context ? phaseOf(context, round) : 'waiting',
      id: me?.id,
      slot,
      seat: me && context.committee.seatOf(me.id),
      members: context?.roster.members.length ?? 0,
      targets: context && slot !== undefined ? ids(targetsOf(context.assignment, slot)) : [],
      auditors: context && slot !== undefined ? ids(auditorsOf(context.assignment, slot)) : [],
      lastPosted: chain.lastPosted()?.period,
      waiting: waiting.size,
    }
  }

  async function start(): Promise<void> {
    const newest = deps.beacons.latest()
    if (!newest) return
    onBeacon(newest)
    await lane.idle()
  }

  async function stop(): Promise<void> {
    stopping.abort()
    waiting.stop()
    await lane.idle()
    await periods.end()
    await chain.idle()
    await archive.flush()
  }

  return { onBeacon, onRecord: (topic, record) => door.enter(topic, record), answer, status, start, stop }
}

function phaseOf({ phases }: PeriodContext, round: number): Phase {
  const order: readonly Phase[] = ['certify', 'state', 'reveal', 'seal', 'probe']
  return order.find((phase) => round >= phases[phase]) ?? 'probe'
}
