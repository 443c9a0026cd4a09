// `stkr job quote`: what a job costs, who could take it, and what the requester may expect of it, under assumptions that are
// said with the answer. Reads only.

import type { Command } from 'commander'
import { expectedPrice, expectedReturn } from '../auction/returns.ts'
import type { Assumptions, ExpectedReturn, QuotedJob } from '../auction/returns.ts'
import { findEconomy, governmentOf } from '../chain/economy.ts'
import { openProviderBoard } from '../chain/provider-view.ts'
import type { ProviderPolicy } from '../chain/deploy-options.ts'
import type { ProviderView } from '../chain/provider-view.ts'
import { openRequesterDesk } from '../chain/requester.ts'
import type { JobQuote } from '../chain/requester.ts'
import { Fault } from '../core/errors.ts'
import type { Requirements } from '../core/types.ts'
import { ankr } from '../devnet/job-view.ts'
import { withAccount } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { printable } from './printable.ts'
import { scoreParts, sizeText } from './provider-text.ts'
import { amountText, decimalText, parseDecimal, spanText } from './units.ts'

export interface QuoteFlags extends OfficeFlags {
  readonly stakedEth: string
  readonly apr: string
  readonly profit: string
  readonly price?: string
}

/** What is assumed unless told otherwise: one validator, at about what validators earned of late, with any winner. */
export const addAssumptions = (command: Command): Command =>
  command
    .option('--staked-eth <eth>', 'assumed: what the node stakes', '32')
    .option('--apr <percent>', 'assumed: what that earns in a year', '3')
    .option('--profit <ankr>', 'assumed: what the node earns in ANKR until the end', '0')
    .option('--price <ankr>', 'assumed: what the winner is paid (default: the reserve, the most there is)')

const APR_MOST_BPS = 100_000

function assumptionsOf({ stakedEth, apr, profit }: QuoteFlags): Assumptions {
  const aprBps = Number(parseDecimal(apr, 2, '--apr'))
  if (aprBps > APR_MOST_BPS) throw new Fault('usage', `--apr is at most ${APR_MOST_BPS / 100} percent`)
  return {
    stakedWei: parseDecimal(stakedEth, 18, '--staked-eth'),
    aprBps,
    profit: parseDecimal(profit, 18, '--profit'),
  }
}

interface Bidder {
  readonly view: ProviderView
  readonly uptimeBps: number | undefined
  /** Why it could not take the job today; undefined: it could. */
  readonly obstacle: 'capacity' | 'collateral' | 'no-sidecar' | undefined
  readonly expected: ExpectedReturn
}

function obstacleTo(
  { free, collateral, sidecars }: ProviderView,
  needs: Requirements,
  least: bigint,
): Bidder['obstacle'] {
  if (!fits(free, needs)) return 'capacity'
  if (collateral < least) return 'collateral'
  return sidecars.length === 0 ? 'no-sidecar' : undefined
}

const fits = (free: ProviderView['free'], needs: Requirements): boolean =>
  free.cpuMilliGhz >= needs.cpuMilliGhz &&
  free.memoryMilliGb >= needs.memoryMilliGb &&
  free.storageMilliGb >= needs.storageMilliGb

function bidderOf(
  view: ProviderView,
  policy: ProviderPolicy,
  needs: Requirements,
  job: QuotedJob,
  assumed: Assumptions,
): Bidder {
  const { ceiling, record } = view
  const least = policy.minCollateral > job.reserve ? policy.minCollateral : job.reserve
  const obstacle = obstacleTo(view, needs, least)
  const price = expectedPrice(job.reserve, ceiling, record)
  return {
    view,
    uptimeBps: scoreParts(view, policy).uptimeBps,
    obstacle,
    expected: expectedReturn(job, assumed, price),
  }
}

const OBSTACLES = {
  capacity: 'too little free',
  collateral: 'too little collateral',
  'no-sidecar': 'no sidecar enrolled',
} as const

function bidderLine({ view, uptimeBps, obstacle, expected }: Bidder): string {
  const { id, brand, score, ceiling, free, jobs } = view
  return [
    `provider ${String(id).padEnd(3)}`,
    printable(brand),
    `score ${score}`,
    `uptime ${uptimeBps === undefined ? '–' : `${uptimeBps / 100} %`}`,
    `${jobs.delivered} delivered, ${jobs.failed} failed`,
    `free ${sizeText(free)}`,
    `ceiling ${ankr(ceiling)}`,
    `at ${ankr(expected.price)} you get ${ankr(expected.requester.ankr)} ANKR back`,
    ...(obstacle ? [`not now: ${OBSTACLES[obstacle]}`] : []),
  ].join('  ')
}

function costText({ cost }: ExpectedReturn, { tokenPrice }: JobQuote): string {
  const usd = (Number(cost) / 1e18) * (Number(tokenPrice.usd) / 10 ** tokenPrice.decimals)
  return cost < 0n ? `gains ${ankr(-cost)} ANKR` : `costs ${ankr(cost)} ANKR after all, ${usd.toFixed(2)} USD`
}

function quoteLines(
  quoted: JobQuote,
  expected: ExpectedReturn,
  assumed: Assumptions,
  durationSeconds: number,
): readonly string[] {
  const usd = Number(quoted.tokenPrice.usd) / 10 ** quoted.tokenPrice.decimals
  const pays = quoted.payAsBid ? 'its own bid' : 'the first price that missed the shortlist'
  const { requester, aprBps, price } = expected
  return [
    `fixed price  ${ankr(quoted.fixedPrice)} ANKR, at ${usd} USD each`,
    `reserve      ${ankr(quoted.reserve)} ANKR: the most a provider can be paid`,
    `pools        ${quoted.rewardBps / 100} % reward, ${quoted.insuranceBps / 100} % insurance`,
    `winner       drawn among the ${quoted.shortlist} lowest, paid ${pays}`,
    `assumed      ${amountText(assumed.stakedWei)} ETH at ${assumed.aprBps / 100} % a year for ${spanText(durationSeconds)}, ` +
      `${ankr(assumed.profit)} ANKR profit, winner paid ${ankr(price)} ANKR`,
    `expected     ${decimalText(requester.eth, 18)} ETH (${aprBps / 100} % a year after pools) and ${ankr(requester.ankr)} ANKR back`,
    `             it ${costText(expected, quoted)}`,
  ]
}

export async function quote(requirements: Requirements, flags: QuoteFlags, terminal: Terminal): Promise<number> {
  const assumed = assumptionsOf(flags)
  const asked = flags.price === undefined ? undefined : parseDecimal(flags.price, 18, '--price')
  return withAccount(flags, undefined, async (marketplace, account) => {
    const { provider } = account
    const desk = await openRequesterDesk(marketplace, account)
    const board = openProviderBoard(await findEconomy(provider, await governmentOf(provider, marketplace)), account)
    const [quoted, views, policy] = await Promise.all([desk.quote(requirements), board.list(), board.policy()])
    const { durationSeconds } = requirements
    const job: QuotedJob = { ...quoted, durationSeconds }
    if (asked !== undefined && asked > job.reserve)
      throw new Fault('usage', `--price is at most the reserve, ${amountText(job.reserve)} ANKR`)
    const expected = expectedReturn(job, assumed, asked ?? job.reserve)
    const providers = views
      .filter(({ status }) => status === 'qualified')
      .map((view) => bidderOf(view, policy, requirements, job, assumed))
      .toSorted((a, b) => b.view.score - a.view.score)
    if (flags.json === true) {
      const plain = providers.map(({ view, ...rest }) => ({ ...view, ...rest, obstacle: rest.obstacle ?? null }))
      terminal.out(toJson({ ok: true, requirements, ...quoted, assumed, expected, providers: plain }))
    } else {
      quoteLines(quoted, expected, assumed, durationSeconds).forEach(terminal.out)
      if (providers.length === 0) terminal.out('providers    none is qualified yet')
      providers.map(bidderLine).forEach(terminal.out)
    }
    return EXIT.ok
  })
}
