// Staked ANKR and what it earns, as people read it.

import type { EarlyLeaving, StakedSidecar, StakerView, StakingRates } from '../chain/staking-desk.ts'
import type { Amounts } from '../chain/yield.ts'
import { amountText, decimalText, spanText } from './units.ts'

/** What an account has or gets: "1.5 ANKR, 0.2 ETH"; nothing is said of nothing. */
export const amountsText = ({ ankr, eth }: Amounts): string =>
  [
    ...(ankr > 0n || eth === 0n ? [`${amountText(ankr)} ANKR`] : []),
    ...(eth > 0n ? [`${amountText(eth)} ETH`] : []),
  ].join(', ')

/** Of one ANKR in a year: "12.5 % in ANKR and 0.000042 ETH for 1,000 ANKR". */
export function annualText({ ankr, eth }: Amounts): string {
  const inEth = eth === 0n ? '' : ` and ${decimalText(eth * 1000n, 18)} ETH for 1,000 ANKR`
  return `${decimalText(ankr * 100n, 18)} %${inEth}`
}

export function ratesLines({ periods, annual, expected, expectedVoting, total }: StakingRates): readonly string[] {
  const past = annual
    ? `${annualText(annual)} a year, from the last ${periods.length} closed periods, not compounded`
    : 'no reward period is closed yet'
  return [
    `staked     ${amountText(total)} ANKR on all sidecars; each earns the same for stake and time`,
    `yield      ${past}`,
    `expected   ${annualText(expected)} a year in the open period, with the stake of now`,
    `voting     ${annualText(expectedVoting)} a year on top, for stake that votes for a candidate`,
  ]
}

const ago = (since: number, now: number): string => spanText(Math.max(0, now - since))

/** One line of a list. `now` in Unix seconds. */
export function sidecarLine(
  { id, status, staked, runningSince, provider }: StakedSidecar,
  rates: StakingRates,
  now: number,
): string {
  const isOpen = status === 'entering' || status === 'active'
  const yieldText = isOpen ? `yield ${annualText(rates.annual ?? rates.expected)}` : 'takes no stake'
  const project =
    runningSince === 0
      ? 'leave at any time'
      : `project of provider ${provider} for ${ago(runningSince, now)}: leaving before its end forfeits`
  return [String(id).padStart(5), status.padEnd(9), `${amountText(staked)} ANKR`.padEnd(12), yieldText, project].join(
    '  ',
  )
}

export function stakerLines(account: string, view: StakerView, now: number): readonly string[] {
  const { positions, stake, candidate, stands, voting } = view
  const vote =
    candidate === undefined ? 'for nobody: stkr stake vote' : `for ${candidate}${stands ? '' : ', who does not stand'}`
  return [
    `account    ${account}: ${amountText(stake)} ANKR staked`,
    `votes      ${vote}; ${amountText(voting)} ANKR earn for voting`,
    ...positions.map(({ sidecar, stake: amount, earned, held, runningSince }) => {
      const waits = runningSince === 0 ? '' : `; ${amountsText(held)} wait for the end of a project`
      const project = runningSince === 0 ? '' : ` (for ${ago(runningSince, now)})`
      return `sidecar ${String(sidecar).padEnd(3)} ${amountText(amount)} ANKR, earned ${amountsText(earned)}${waits}${project}`
    }),
  ]
}

export const leavingText = ({ forfeits, runningSince }: EarlyLeaving, now: number): string =>
  `a project runs there (for ${ago(runningSince, now)}): leaving before its end forfeits ${amountsText(forfeits)} and what ` +
  'the open period would bring'
