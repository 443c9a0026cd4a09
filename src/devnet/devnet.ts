// A whole network on this machine: settlement chain, workload chain, drand chain, contracts, N sidecars as processes of
// their own. Promises: real parts only; whatever fails says which step, who and why; `stop()` leaves no process behind,
// and the death of this process leaves none either. It prints nothing: it reports.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SidecarMessage } from './parent.ts'
import { roundAt, roundDueAt } from '../core/clock.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { DrandChain, Hex, Schedule } from '../core/types.ts'
import type { Deployed } from '../chain/deploy-options.ts'
import { startAnvil } from './anvil.ts'
import type { Anvil } from './anvil.ts'
import { startBeacon } from './beacon.ts'
import type { LocalBeacon } from './beacon.ts'
import { demoSchedule, leadRounds } from './demo-schedule.ts'
import { behaviourText, isInside } from './fault-spec.ts'
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
import type { DevnetDeps, DevnetOptions } from './options.ts'
import { createEconomy } from './economy.ts'
import type { EconomyReport, LocalEconomy } from './economy.ts'
import { describeEnding } from './processes.ts'
import type { Ending, Part } from './processes.ts'
import type { JobReport } from '../job-report.ts'
import { isOver, isSettled } from './progress.ts'
import type { NetworkState, Posting } from './progress.ts'
import { POLL_MS, atStep, brokenAt, closeAll, createRun, failed, orFailed, waitFor } from './run.ts'
import type { Run } from './run.ts'
import { settle } from './settlement.ts'
import type { Settlement } from './settlement.ts'
import { createTargets } from './targets.ts'

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
  /**
   * Resolves with what everybody has once all jobs are over. The chain's clock is days ahead from then on: `stop` follows.
   * Faults as above, those of the chain.
   */
  economy(): Promise<EconomyReport>
  stop(): Promise<void>
}

const SETTLEMENT = { name: 'settlement', chainId: 31_337 }
const WORKLOAD = { name: 'workload', chainId: 31_338 }

interface Ground {
  readonly settlement: Anvil
  readonly workload: Anvil
  readonly views: readonly NodeView[]
  readonly beacon: LocalBeacon
}

async function layGround(run: Run): Promise<Ground> {
  const { processes, options, closers, deps, folder } = run
  atStep(run, 'chains')
  const [settlement, workload, beacon] = await Promise.all([
    startAnvil(processes, { ...SETTLEMENT, folder }),
    startAnvil(processes, { ...WORKLOAD, folder }),
    startBeacon(processes, deps.clock.now(), options.roundSeconds ?? 1),
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
    { clock: deps.clock, log: deps.log, onRegistered, signal: deps.signal },
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

interface Followed {
  readonly watch: PostingWatch
  readonly jobs: Jobs | undefined
  readonly economy: LocalEconomy | undefined
  readonly drand: DrandChain
  readonly genesisAt: number
}

/** Follows readiness until the first period, then postings; never throws, never stops by itself. */
function follow(run: Run, { watch, jobs, economy, drand, genesisAt }: Followed): void {
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
    for (const posting of await watch.poll()) {
      run.report({ type: 'posted', posting })
      economy?.start()
    }
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

const partOf = (nodes: Nodes, id: number): Part => ({
  name: `node${id}`,
  pid: () => nodes.pid(id),
  kill: () => nodes.kill(id),
  revive: () => nodes.revive(id),
})

async function openEconomy(
  run: Run,
  settlement: Settlement,
  plans: readonly NodePlan[],
  drand: DrandChain,
  note: (text: string) => void,
): Promise<LocalEconomy> {
  const { folder, options, deps, closers } = run
  const peers = plans.map(({ address }) => address)
  const limits = { folder: join(folder, 'custody'), limitMs: options.stallMs }
  const economy = await createEconomy({ peers, drand, ...limits }, { settlement, signal: deps.signal, note })
  closers.push(economy.stop)
  return economy
}

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
  const economy = marketplace && (await openEconomy(run, settlement, plans, drand, note))
  follow(run, { watch, jobs, economy, drand, genesisAt: roundDueAt(drand, schedule.genesisRound) })
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
    economy: async () => {
      if (!economy) throw new Fault('usage', 'a network without jobs has no economy')
      await waitFor(run, ({ postings }) => postings.length > 0)
      const since = await orFailed(run, economy.begun())
      await waitFor(
        run,
        ({ jobs: all, postings }) => all.every(isOver) && postings.some(({ period }) => period > since),
      )
      return orFailed(run, economy.end())
    },
    parts: [ground.settlement, ground.workload, ground.beacon, ...plans.map(({ id }) => partOf(nodes, id))],
    state: run.state,
  }
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
