// `stkr job fail`: shows the contracts that a running job misses its service level whatever comes, from public data alone: one leaf
// of a posted period, checked against the root on chain. Its requester is paid back at once, and the loss with it.

import type { Command } from 'commander'
import { openDisciplineDesk } from '../chain/discipline-desk.ts'
import { findEconomy, governmentOf } from '../chain/economy.ts'
import { provenArgs } from '../chain/proven-leaf.ts'
import { loadKnobs } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import { openJobOffice } from '../job-report.ts'
import { addPlaceFlags, placeOf } from './account.ts'
import { wholeNumber } from './arguments.ts'
import type { EndWiring } from './job-end.ts'
import { withAccount } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import { addLeafFlags, provenIn, withLeaves } from './leaves.ts'
import type { LeafFlags } from './leaves.ts'
import { addSendFlags, settlePlan } from './sending.ts'

const PLACE = ['rpcUrls', 'marketplace', 'ledger'] as const

interface FailFlags extends OfficeFlags, LeafFlags {
  readonly period?: string
}

export function addFail(command: Command, { terminal, done, jobNumber, all }: EndWiring): void {
  async function fail(id: number, flags: FailFlags): Promise<number> {
    const { ledger } = loadKnobs(['ledger'], placeOf(flags, ['ledger']))
    return withAccount(flags, flags.keyFile, async (marketplace, account) => {
      const { provider } = account
      const { desk, market } = await openJobOffice(marketplace, account)
      const run = (await market.job(id))?.run
      if (!run) throw new Fault('usage', `job ${id} does not run: stkr job show ${id}`)
      const economy = await findEconomy(provider, await governmentOf(provider, marketplace))
      const results = openDisciplineDesk(economy, ledger, account)
      const period = flags.period === undefined ? await results.newest() : wholeNumber(flags.period, '--period', 0)
      if (period === undefined) throw new Fault('check-not-posted', 'no period is on chain yet')
      const network = { chainId: provider.chainId, sidecars: economy.sidecars.address }
      const leaf = await withLeaves(flags, network, terminal.signal, (leavesOf) =>
        provenIn(period, run.sidecar, results, leavesOf),
      )
      const steps = await desk.planFailure(
        'fail',
        id,
        desk.handles.projects.call('fail', [BigInt(id), provenArgs(leaf)]),
      )
      const lines = [`sidecar ${run.sidecar} was not up enough up to period ${period}: nothing can make it up any more`]
      const after = `job ${id} has failed: its requester is paid back`
      return settlePlan(
        desk,
        { steps, facts: { job: id, sidecar: run.sidecar, period }, lines, after },
        flags,
        terminal,
      )
    })
  }

  const sub = command
    .command('fail')
    .description('show that a running job misses its service level; anybody may, its requester is paid back')
  addLeafFlags(addSendFlags(addPlaceFlags(sub, PLACE)))
    .argument('<job>', 'its number')
    .option('--period <period>', 'the audited period that shows it (default: the newest on chain)')
    .action(async (job: string, flags: FailFlags) => done(await fail(jobNumber(job), all(flags))))
}
