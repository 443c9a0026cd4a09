// A whole network on this machine: settlement chain, workload chain, drand chain, contracts, N sidecars as processes of
// their own. Promises: real parts only; whatever fails says which step, who and why; `stop()` leaves no process behind,
// and the death of this process leaves none either. It prints nothing: it reports.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SidecarMessage } from './parent.ts'
import { roundAt, roundDueAt } from '../core/clock.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { DrandChain, Hex, Schedule } from '../core/types.ts'
import type { Deployed } from '../chain/deploy-options.ts'
import { startAnvil } from './anvil.ts'
import type { Anvil } from './anvil.ts'
import { startBeacon } from './beacon.ts'
import type { LocalBeacon } from './beacon.ts'
import { demoSchedule, leadRounds } from './demo-schedule.ts'
import { behaviourText, isInside } from './fault-spec.ts'
import type { FaultSpec } from './fault-spec.ts'
import { openDoor } from './join.ts'
import type { Door } from './join.ts'
import { createJobKills, scheduleIncidents } from './incidents.ts'
import { createNodeView, createUpstream } from './node-view.ts'
import type { NodeView } from './node-view.ts'
import { createNodes, planNodes } from './nodes.ts'
import type { NetworkSettings, NodePlan, Nodes } from './nodes.ts'
import type { LocalGovernment } from './government.ts'
import { createJobs } from './jobs.ts'
import type { Jobs } from './jobs.ts'
import { watchPostings } from './postings.ts'
import type { PostingWatch } from './postings.ts'
import { createProcesses, describeEnding } from './processes.ts'
import type { Ending, Part, Processes } from './processes.ts'
import type { JobReport } from '../job-report.ts'
import { createProgress, isSettled, whoIsStuck } from './progress.ts'
import type { NetworkState, Posting, Report } from './progress.ts'
import { settle } from './settlement.ts'
import type { Settlement } from './settlement.ts'
import { createTargets } from './targets.ts'

/** Auctions beside the audits. */
export interface DevnetMarket {
  /** How many to hold. */
  readonly jobs: number
  /** Rounds between two announcements; all at once by default. */
  readonly everyRounds?: number
  readonly payAsBid: boolean
  /** How many times as long as a demonstration needs every phase of an auction lasts; 1 by default. */
  readonly patience?: number
  /** How node `index` (from 0) prices, as its configuration says it. */
  readonly strategy: (index: number) => Readonly<Record<string, unknown>>
}

export interface DevnetOptions {
  readonly nodes: number
  readonly faults: readonly FaultSpec[]
  /** A network without it has no auctions. */
  readonly market?: DevnetMarket
  /** Periods of an epoch; 10 by default. */
  readonly epochPeriods?: number
  /** Nothing moving for so long is a failure. */
  readonly stallMs: number
  /** Leave data directories and logs behind. */
  readonly keep: boolean
  /** Every node serves its API, on a loopback port of its own that it tells when it is up. */
  readonly apis?: boolean
}

export interface DevnetDeps {
  readonly clock: Clock
  readonly log: Log
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** After every report, with the state it led to. */
  readonly onReport: (report: Report, state: NetworkState) => void
  /** Ends everything, also half-way through the start. */
  readonly signal: AbortSignal
}

/** A running network and where to reach it. */
export interface Devnet {
  readonly rpcUrl: string
  readonly ledger: Hex
  readonly marketplace: Hex | undefined
  readonly contracts: Deployed
  readonly government: LocalGovernment
  readonly drandRelay: string
  readonly drand: DrandChain
  readonly schedule: Schedule
  readonly plans: readonly NodePlan[]
  /** For who wants to add a sidecar. */
  readonly door: Door
  readonly views: readonly NodeView[]
  /** Chains, beacon relay and sidecars (`node1`, …), to be killed and revived by who tests recovery. */
  readonly parts: readonly Part[]
  readonly state: () => NetworkState
  /**
   * Resolves once `count` periods are on chain. Faults: `devnet-stalled` (data: step, who, code), `devnet-broken` (a process
   * ended by itself), `interrupted`.
   */
  periods(count: number): Promise<readonly Posting[]>
  /** Resolves once all jobs are settled: with a winner, or unsold. Faults as above. */
  jobs(): Promise<readonly JobReport[]>
  stop(): Promise<void>
}

const POLL_MS = 250
const SETTLEMENT = { name: 'settlement', chainId: 31_337 }
const WORKLOAD = { name: 'workload', chainId: 31_338 }

/** What has been opened so far, to be closed in reverse. */
type Closers = (() => Promise<void> | void)[]

interface Run {
  readonly options: DevnetOptions
  readonly deps: DevnetDeps
  readonly folder: string
  readonly processes: Processes
  readonly closers: Closers
  readonly report: (report: Report) => void
  readonly state: () => NetworkState
  /** Set when a process ended that nobody asked to. */
  broken: Fault | undefined
  /** Data directories and logs stay: asked for, or needed to find out what went wrong. */
  keep: boolean
  /** Told of every report once the nodes run. */
  watcher: (report: Report) => void
}

const atStep = (run: Run, step: Extract<Report, { type: 'step' }>['step'], detail?: string): void => {
  if (run.deps.signal.aborted) throw new Fault('interrupted', 'interrupted')
  run.report({ type: 'step', step, ...(detail !== undefined && { detail }) })
}

interface Ground {
  readonly settlement: Anvil
  readonly workload: Anvil
  readonly views: readonly NodeView[]
  readonly beacon: LocalBeacon
}

async function layGround(run: Run): Promise<Ground> {
  const { processes, options, closers, deps } = run
  atStep(run, 'chains')
  const [settlement, workload, beacon] = await Promise.all([
    startAnvil(processes, { ...SETTLEMENT, folder: run.folder }),
    startAnvil(processes, { ...WORKLOAD, folder: run.folder }),
    startBeacon(processes, deps.clock.now()),
  ])
  const upstream = createUpstream(workload.url, deps.clock.now)
  const views = await Promise.all(Array.from({ length: options.nodes }, () => createNodeView(upstream)))
  closers.push(async () => {
    await Promise.all(views.map((view) => view.close()))
  })
  return { settlement, workload, views, beacon }
}

async function settleOn(run: Run, ground: Ground, plans: readonly NodePlan[], schedule: Schedule): Promise<Settlement> {
  const { deps, options, closers } = run
  atStep(run, 'contracts')
  const onRegistered = (count: number): void => {
    atStep(run, 'registration', `${count} of ${options.nodes}`)
  }
  const keys = plans.map((plan) => plan.keys)
  const settlement = await settle(
    {
      rpcUrl: ground.settlement.url,
      drand: ground.beacon.chain,
      schedule,
      keys,
      market: options.market,
    },
    { clock: deps.clock, log: deps.log, onRegistered },
  )
  closers.push(settlement.stop)
  return settlement
}

/** Starts the processes and waits until their code is loaded; the second value says how long that took. */
async function loadNodes(run: Run, plans: readonly NodePlan[]): Promise<readonly [Nodes, number]> {
  const { report, deps, options } = run
  const onEnd = (id: number, ending: Ending): void => {
    if (ending.asked) return
    const told = run.state().nodes[id - 1]?.words ?? ''
    const words = told === '' ? describeEnding(ending) : told
    report({ type: 'process', id, state: 'ended', words })
    run.broken ??= new Fault('devnet-broken', `node ${id} ended by itself: ${words}`, {
      data: { step: run.state().step, who: `node ${id}` },
    })
  }
  const target = createTargets(run.folder)
  const onMessage = (id: number, message: SidecarMessage): void => {
    if (message.type === 'ready' && message.api !== undefined) target(id, message.api)
    report({ type: 'sidecar', id, message })
  }
  const nodes = createNodes(plans, { processes: run.processes, events: { onMessage, onEnd } })
  const startedAt = deps.clock.now()
  atStep(run, 'code')
  for (const { id } of plans) report({ type: 'process', id, state: 'starting' })
  await nodes.load((count) => {
    atStep(run, 'code', `${count} of ${options.nodes}`)
  })
  return [nodes, deps.clock.now() - startedAt]
}

const settingsOf = (run: Run, ground: Ground, ledger: Hex, marketplace: Hex | undefined): NetworkSettings => ({
  rpcUrl: ground.settlement.url,
  ledger,
  drandRelay: ground.beacon.url,
  workloadUrls: ground.views.map((view) => view.url),
  apis: run.options.apis === true,
  auctions: (id) => (marketplace === undefined ? {} : { marketplace, ...run.options.market?.strategy(id - 1) }),
  behaviours: (id) => run.options.faults.filter((spec) => spec.node === id && isInside(spec)).map(behaviourText),
})

/** Follows readiness until the first period, then postings; never throws, never stops by itself. */
function follow(run: Run, watch: PostingWatch, jobs: Jobs | undefined, drand: DrandChain, genesisAt: number): void {
  const { clock, log } = run.deps
  let stopped = false
  const meshed = (): number => run.state().nodes.filter((node) => node.meshed).length
  let told = ''
  let begun = false

  const look = async (): Promise<void> => {
    if (!begun) {
      const detail = `${meshed()} of ${run.options.nodes}`
      begun = clock.now() >= genesisAt
      if (begun && meshed() < run.options.nodes)
        run.report({ type: 'note', text: `genesis came early: only ${detail} sidecars had found the mesh by then` })
      if (begun) run.report({ type: 'step', step: 'periods' })
      else if (detail !== told) run.report({ type: 'step', step: 'mesh', detail })
      told = detail
    }
    for (const posting of await watch.poll()) run.report({ type: 'posted', posting })
    for (const report of (await jobs?.tick(roundAt(drand, clock.now()))) ?? []) run.report({ type: 'job', report })
  }
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await look().catch((error: unknown) => {
        log.warn('the chain could not be read', { code: codeOf(error) })
      })
      await sleep(POLL_MS)
    }
  }
  const looping = loop()
  run.closers.push(() => {
    stopped = true
    return looping
  })
}

function stalled(run: Run, sinceMs: number): Fault {
  const { step, who, code } = whoIsStuck(run.state())
  const names = who.length === 0 ? 'the network' : `node${who.length > 1 ? 's' : ''} ${who.join(', ')}`
  const seconds = Math.round(sinceMs / 1000)
  return new Fault(
    'devnet-stalled',
    `nothing moved for ${seconds} s: ${names} stuck in step ${step}, because ${code}`,
    {
      data: { step, who: names, because: code },
    },
  )
}

/** A failure leaves the logs and says where they are. */
function failed(run: Run, fault: Fault): Fault {
  run.keep = true
  const { code, message, data } = fault
  return new Fault(code, `${message}; logs are in ${run.folder}`, { data: { ...data, logs: run.folder }, cause: fault })
}

/** Resolves with the state that is `done`. */
async function waitFor(run: Run, done: (state: NetworkState) => boolean): Promise<NetworkState> {
  const { clock, signal } = run.deps
  let moves = -1
  let movedAt = clock.now()
  for (;;) {
    const state = run.state()
    if (signal.aborted) throw new Fault('interrupted', 'interrupted')
    if (run.broken) throw failed(run, run.broken)
    if (done(state)) return state
    if (state.moves !== moves) movedAt = clock.now()
    moves = state.moves
    const still = clock.now() - movedAt
    if (still > run.options.stallMs) throw failed(run, stalled(run, still))
    await sleep(POLL_MS / 2)
  }
}

async function closeAll(run: Run): Promise<void> {
  for (const close of run.closers.splice(0).reverse()) await close()
}

function createRun(options: DevnetOptions, deps: DevnetDeps): Run {
  const progress = createProgress(options.nodes)
  const folder = mkdtempSync(join(tmpdir(), 'stkr-'))
  const processes = createProcesses(folder)
  const report = (report: Report): void => {
    progress.apply(report)
    deps.onReport(report, progress.state())
    run.watcher(report)
  }
  const closers: Closers = [processes.stop]
  const { keep } = options
  const { state } = progress
  const watcher = (): void => undefined
  const run: Run = { options, deps, folder, processes, closers, report, state, broken: undefined, keep, watcher }
  closers.unshift(() => {
    if (!run.keep) rmSync(folder, { recursive: true, force: true })
  })
  return run
}

const partOf = (nodes: Nodes, id: number): Part => ({
  name: `node${id}`,
  pid: () => nodes.pid(id),
  kill: () => nodes.kill(id),
  revive: () => nodes.revive(id),
})

async function assemble(run: Run): Promise<Omit<Devnet, 'periods' | 'jobs' | 'stop'>> {
  const { options, deps, closers, report, folder } = run
  const plans = await planNodes(folder, options.nodes)
  const ground = await layGround(run)
  const { chain: drand } = ground.beacon
  const [nodes, loadMs] = await loadNodes(run, plans)
  const lead = leadRounds(options.nodes, loadMs, options.market !== undefined)
  const schedule = demoSchedule(options.nodes, roundAt(drand, deps.clock.now()) + lead, options.epochPeriods)
  report({ type: 'schedule', schedule })
  const settlement = await settleOn(run, ground, plans, schedule)
  const { ledger } = settlement.contracts
  const marketplace = options.market && settlement.contracts.marketplace
  nodes.go(settingsOf(run, ground, ledger, marketplace))
  const note = (text: string): void => {
    report({ type: 'note', text })
  }
  const { now } = deps.clock
  const incidents = { nodes, views: ground.views, now, random: deps.random, note }
  run.watcher = createJobKills(options.faults, incidents)
  closers.push(scheduleIncidents(options.faults, { schedule, drand }, incidents))
  const { jobs: count = 0, everyRounds = 0 } = options.market ?? {}
  const jobs = marketplace && (await createJobs({ marketplace, count, everyRounds, schedule }, settlement))
  const watch = await watchPostings(ledger, schedule, settlement.provider)
  follow(run, watch, jobs, drand, roundDueAt(drand, schedule.genesisRound))
  const { url: rpcUrl } = ground.settlement
  const workloadUrl = ground.views[0]?.url ?? ''
  const door = await openDoor({ folder, rpcUrl, drandRelay: ground.beacon.url, workloadUrl, plans }, settlement)
  return {
    door,
    rpcUrl,
    ledger,
    marketplace,
    contracts: settlement.contracts,
    government: settlement.government,
    drandRelay: ground.beacon.url,
    drand,
    schedule,
    plans,
    views: ground.views,
    parts: [ground.settlement, ground.workload, ground.beacon, ...plans.map(({ id }) => partOf(nodes, id))],
    state: run.state,
  }
}

function brokenAt(run: Run, error: unknown): Fault {
  const { step } = run.state()
  const why = error instanceof Error ? error.message : String(error)
  const data = { step, who: 'the network', because: codeOf(error) }
  return new Fault('devnet-broken', `step ${step}: ${why}`, { data, cause: error })
}

/** Starts everything; resolves when the sidecars are running, before they have found each other. Faults name the step. */
export async function startDevnet(options: DevnetOptions, deps: DevnetDeps): Promise<Devnet> {
  const run = createRun(options, deps)
  // Not waiting for the step under way: ending its processes is what makes it fail at once.
  const interrupt = (): void => void run.processes.stop()
  deps.signal.addEventListener('abort', interrupt, { once: true })
  try {
    const assembled = await assemble(run)
    return {
      ...assembled,
      periods: async (count) => (await waitFor(run, ({ postings }) => postings.length >= count)).postings,
      jobs: async () =>
        (await waitFor(run, ({ jobs }) => jobs.filter(isSettled).length >= (options.market?.jobs ?? 0))).jobs,
      stop: () => closeAll(run),
    }
  } catch (error) {
    const interrupted = deps.signal.aborted
    const fault = interrupted
      ? new Fault('interrupted', 'interrupted', { cause: error })
      : failed(run, brokenAt(run, error))
    await closeAll(run)
    throw fault
  }
}
