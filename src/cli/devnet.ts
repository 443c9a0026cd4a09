// `stkr devnet`: a whole network on this machine until so many periods are on chain, or until Ctrl-C. Shows it live on a
// terminal, as lines elsewhere; with --json everything but the last line goes to standard error. Promises that no
// process is left behind and that a failure says which step got stuck, for whom and why.

import type { Command } from 'commander'
import { DEVNET_KNOBS } from '../config/devnet.ts'
import { loadDevnetConfig } from '../config/load.ts'
import { devnetEnvironmentOf } from '../config/names.ts'
import type { DevnetConfig } from '../config/devnet.ts'
import type { RawFlags } from '../config/resolve.ts'
import { startDevnet } from '../devnet/devnet.ts'
import type { Devnet } from '../devnet/devnet.ts'
import { faultList, parseFaults } from '../devnet/fault-spec.ts'
import type { FaultSpec } from '../devnet/fault-spec.ts'
import { jobLine, jobRow } from '../devnet/job-view.ts'
import type { EconomyReport } from '../devnet/economy.ts'
import { economyLines } from '../devnet/economy-view.ts'
import { demoStrategy } from '../devnet/market.ts'
import { postingLine } from '../devnet/view.ts'
import { silentLog, systemClock } from '../system.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { createLiveShow, createPlainShow } from './show.ts'
import type { Show } from './show.ts'

const EXAMPLE = `
Examples:
  $ stkr devnet
  $ stkr devnet --nodes 8 --periods 2 --json
  $ stkr devnet --periods 1 --jobs 2
  $ stkr devnet --fault silent:3 --fault kill:2@period1

Faults: ${faultList()}.
Nodes count from 1; without @periodN a fault begins in period 0.`

async function watchUntilDone(devnet: Devnet, periods: number): Promise<void> {
  await Promise.all([devnet.periods(periods === 0 ? Number.POSITIVE_INFINITY : periods), devnet.jobs()])
}

/** The last line of --json. */
const resultOf = (devnet: Devnet, economy: EconomyReport | undefined, faults: readonly string[], startedAt: number) => {
  const { nodes, postings, jobs, schedule } = devnet.state()
  return {
    ok: true,
    nodes: nodes.length,
    periods: postings,
    ...(devnet.marketplace !== undefined && { jobs: jobs.map(jobRow), marketplace: devnet.marketplace }),
    ...(economy && { economy }),
    ledger: devnet.ledger,
    schedule,
    faults,
    seconds: Math.round((systemClock.now() - startedAt) / 100) / 10,
  }
}

async function runDevnet(
  config: DevnetConfig,
  faults: readonly FaultSpec[],
  show: Show,
  terminal: Terminal,
  json: boolean,
) {
  const startedAt = systemClock.now()
  const options = {
    nodes: config.nodes,
    apis: config.apis,
    faults,
    ...(config.jobs > 0 && { market: { jobs: config.jobs, payAsBid: false, strategy: demoStrategy } }),
    epochPeriods: config.epochPeriods,
    stallMs: config.stallSeconds * 1000,
    keep: config.keep,
  }
  try {
    const { signal } = terminal
    const devnet = await startDevnet(options, {
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      onReport: show.onReport,
      signal,
    })
    show.onStarted(devnet)
    let result
    let economy: EconomyReport | undefined
    try {
      await watchUntilDone(devnet, config.periods)
      economy = config.jobs > 0 ? await devnet.economy() : undefined
      result = resultOf(devnet, economy, config.fault, startedAt)
    } finally {
      await devnet.stop()
    }
    show.end()
    if (json) terminal.out(toJson(result))
    else {
      const paid = economy ? economyLines(economy) : []
      ;[...result.periods.map(postingLine), ...devnet.state().jobs.map(jobLine), ...paid].forEach(terminal.out)
    }
    return EXIT.ok
  } finally {
    show.end()
  }
}

export const configure: Configure = (command: Command, terminal, done) => {
  addKnobs(command, DEVNET_KNOBS, devnetEnvironmentOf)
  command.addHelpText('after', EXAMPLE).action(async ({ json = false, ...flags }: { json?: boolean } & RawFlags) => {
    const config = loadDevnetConfig(flags)
    const faults = parseFaults(config.fault, config.nodes)
    const live = process.stdout.isTTY && !json
    const show = live ? createLiveShow(faults, systemClock.now) : createPlainShow(terminal.err, systemClock.now)
    done(await runDevnet(config, faults, show, terminal, json))
  })
}
