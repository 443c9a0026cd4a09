// `stkr provider report`: shows the contracts that a sidecar was not up enough, from public data alone: the leaves of two posted
// periods, from any peer or from files that `stkr verify` saved, checked against the roots on chain before anything is
// planned. The provider loses a share of its collateral, the reporter gets a part of that.

import type { Command } from 'commander'
import { findEconomy, governmentOf } from '../chain/economy.ts'
import { openDisciplineDesk } from '../chain/discipline-desk.ts'
import type { DisciplineDesk } from '../chain/discipline-desk.ts'
import { loadKnobs } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import { addPlaceFlags, placeOf } from './account.ts'
import { wholeNumber } from './arguments.ts'
import type { Setting } from './gov-propose.ts'
import { withAccount } from './job-office.ts'
import { addLeafFlags, provenIn, withLeaves } from './leaves.ts'
import type { LeafFlags } from './leaves.ts'
import type { OfficeFlags } from './job-office.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import { amountText } from './units.ts'

const PLACE = ['rpcUrls', 'marketplace', 'ledger'] as const

interface ReportFlags extends OfficeFlags, LeafFlags {
  readonly from?: string
  readonly to?: string
}

/** A period as people number them, from 0. */
const periodOf = (text: string, flag: string): number => wholeNumber(text, flag, 0)

async function windowBetween(sidecar: number, { from, to }: ReportFlags, desk: DisciplineDesk) {
  const newest = to === undefined ? await desk.newest() : periodOf(to, '--to')
  if (newest === undefined) throw new Fault('check-not-posted', 'no period is on chain yet')
  const oldest = from === undefined ? await desk.countedFrom(sidecar) : periodOf(from, '--from')
  if (oldest >= newest)
    throw new Fault('usage', `a report covers the periods after --from, ${oldest}, up to --to, ${newest}`)
  return [oldest, newest] as const
}

export function configureReport(command: Command, { all, done, terminal }: Setting): void {
  async function report(sidecar: number, flags: ReportFlags): Promise<number> {
    const { ledger } = loadKnobs(['ledger'], placeOf(flags, ['ledger']))
    return withAccount(flags, flags.keyFile, async (marketplace, account) => {
      const { provider } = account
      const economy = await findEconomy(provider, await governmentOf(provider, marketplace))
      const desk = openDisciplineDesk(economy, ledger, account)
      const [from, to] = await windowBetween(sidecar, flags, desk)
      const network = { chainId: provider.chainId, sidecars: economy.sidecars.address }
      const [opening, closing] = await withLeaves(
        flags,
        network,
        terminal.signal,
        async (leavesOf) =>
          [await provenIn(from, sidecar, desk, leavesOf), await provenIn(to, sidecar, desk, leavesOf)] as const,
      )
      const { steps, ...facts } = await desk.planReport(opening, closing)
      const { observed, uptimeBps, serviceBps, slashed, reporterShare } = facts
      const lines = [
        `sidecar ${sidecar} was up ${uptimeBps / 100} % of the ${observed} observed periods after ${from} up to ${to}; ${serviceBps / 100} % are asked for`,
        `provider ${facts.provider} loses up to ${amountText(slashed)} ANKR, you get up to ${amountText(reporterShare)} of it`,
      ]
      const after = 'reported: stkr rewards claim fetches your share'
      return settlePlan(desk, { steps, facts: { sidecar, from, to, ...facts }, lines, after }, flags, terminal)
    })
  }

  const sub = command
    .command('report')
    .description('have the provider of a sidecar slashed that was not up enough; anybody may')
  addLeafFlags(addSendFlags(addPlaceFlags(sub, PLACE)))
    .argument('<sidecar>', 'its id')
    .option('--from <period>', 'periods after this one count (default: the first that may)')
    .option('--to <period>', 'the last period that counts (default: the newest on chain)')
    .action(async (text: string, flags: ReportFlags) => done(await report(wholeNumber(text, 'a sidecar'), all(flags))))
}
