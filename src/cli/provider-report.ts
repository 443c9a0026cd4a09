// `stkr provider report`: shows the contracts that a sidecar was not up enough, from public data alone: the leaves of two posted
// periods, from any peer or from files that `stkr verify` saved, checked against the roots on chain before anything is
// planned. The provider loses a share of its collateral, the reporter gets a part of that.

import type { Command } from 'commander'
import { decodeBundle } from '../audit/bundle.ts'
import { isSummary } from '../audit/summaries.ts'
import { leafProof } from '../audit/tree.ts'
import { findEconomy, governmentOf } from '../chain/economy.ts'
import { openDisciplineDesk } from '../chain/discipline-desk.ts'
import type { DisciplineDesk } from '../chain/discipline-desk.ts'
import { loadKnobs } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import type { Leaf, ProvenLeaf } from '../core/types.ts'
import { addPlaceFlags, placeOf } from './account.ts'
import { wholeNumber } from './arguments.ts'
import { bundleFromFile, untilFound } from './evidence.ts'
import type { Setting } from './gov-propose.ts'
import { withAccount } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import { withStranger } from '../stranger.ts'
import { amountText } from './units.ts'

const PLACE = ['rpcUrls', 'marketplace', 'ledger'] as const
const LIMIT_MS = 30_000

interface ReportFlags extends OfficeFlags {
  readonly from?: string
  readonly to?: string
  readonly bundle?: readonly string[]
  readonly peer?: readonly string[]
}

/** Leaves of a posted period as somebody gave them, unchecked; undefined: nobody has them. */
type Leaves = (period: number) => Promise<readonly Leaf[] | undefined>

function fromFiles(files: readonly string[]): Leaves {
  const known = new Map(
    files.map((file) => {
      const { header, leaves } = decodeBundle(bundleFromFile(file))
      return [header.period, leaves] as const
    }),
  )
  return async (period) => known.get(period)
}

/** Faults: `check-not-posted`, `bundle-missing`, `check-evidence`, `check-no-member`. */
async function provenIn(period: number, sidecar: number, desk: DisciplineDesk, leavesOf: Leaves): Promise<ProvenLeaf> {
  const root = await desk.rootOf(period)
  const leaves = await leavesOf(period)
  if (!leaves) throw new Fault('bundle-missing', `nobody has the leaves of period ${period}: ask another with --peer`)
  if (!isSummary(root, leaves))
    throw new Fault('check-evidence', `the leaves of period ${period} do not make the root on chain: ask another peer`)
  const leaf = leaves.find(({ id }) => id === sidecar)
  if (!leaf) throw new Fault('check-no-member', `sidecar ${sidecar} was no member in period ${period}`)
  return { period, leaf, proof: leafProof(leaves, leaf.slot) }
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

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

export function configureReport(command: Command, { all, done, terminal }: Setting): void {
  async function report(sidecar: number, flags: ReportFlags): Promise<number> {
    const { ledger, bootstrap } = loadKnobs(['ledger', 'bootstrap'], placeOf(flags, ['ledger']))
    const peers = flags.peer ?? bootstrap
    if (flags.bundle === undefined && peers.length === 0)
      throw new Fault('usage', 'there is nobody to ask for the leaves: give --peer or --bundle, or set bootstrap peers')
    return withAccount(flags, flags.keyFile, async (marketplace, account) => {
      const { provider } = account
      const economy = await findEconomy(provider, await governmentOf(provider, marketplace))
      const desk = openDisciplineDesk(economy, ledger, account)
      const [from, to] = await windowBetween(sidecar, flags, desk)
      const gather = async (leavesOf: Leaves) =>
        [await provenIn(from, sidecar, desk, leavesOf), await provenIn(to, sidecar, desk, leavesOf)] as const
      const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(LIMIT_MS)])
      const network = { chainId: provider.chainId, sidecars: economy.sidecars.address }
      const [opening, closing] =
        flags.bundle === undefined
          ? await withStranger(network, peers, signal, ({ evidence }) =>
              gather((period) =>
                untilFound(
                  () => evidence.summary(period, signal),
                  (found) => found !== undefined,
                  signal,
                ),
              ),
            )
          : await gather(fromFiles(flags.bundle))
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
  addSendFlags(addPlaceFlags(sub, PLACE))
    .argument('<sidecar>', 'its id')
    .option('--from <period>', 'periods after this one count (default: the first that may)')
    .option('--to <period>', 'the last period that counts (default: the newest on chain)')
    .option('--peer <multiaddr>', 'ask this peer for the leaves; repeatable (default: the bootstrap peers)', collect)
    .option(
      '--bundle <file>',
      'leaves out of a file that stkr verify saved, one of each of both periods; repeatable',
      collect,
    )
    .action(async (text: string, flags: ReportFlags) => done(await report(wholeNumber(text, 'a sidecar'), all(flags))))
}
