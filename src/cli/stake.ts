// `stkr stake …`: ANKR on sidecars. Lists what there is with its yield, stakes, moves and takes back; what leaving early
// costs is said before anything is sent. Amounts are ANKR as people write them.

import type { Command } from 'commander'
import { openStakingDesk } from '../chain/staking-desk.ts'
import type { StakingDesk } from '../chain/staking-desk.ts'
import type { Hex } from '../core/types.ts'
import { addressOf, amountOf, wholeNumber } from './arguments.ts'
import { addEconomyFlags, withEconomy } from './economy-office.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags, Plan } from './sending.ts'
import { leavingText, ratesLines, sidecarLine, stakerLines } from './stake-text.ts'
import { amountText } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr stake list
  $ stkr stake add 7 1500 --key-file user.key
  $ stkr stake add 7 1500 --key-file user.key --yes
  $ stkr stake show --account 0x…
  $ stkr stake vote 0x… --key-file user.key
  $ stkr stake move 7 9 500 --key-file user.key
  $ stkr stake remove 7 all --key-file user.key

The yield is what one staked ANKR earned over the last closed reward periods (stakers' share of each, by stake and time), for a
year, not compounded. It is the same on every sidecar; while a project runs on one, leaving it forfeits.`

async function list(flags: PayFlags & { readonly periods: string }, terminal: Terminal): Promise<number> {
  const periods = wholeNumber(flags.periods, '--periods')
  return withEconomy(flags, async (economy, account, now) => {
    const desk = openStakingDesk(economy, account)
    const [rates, sidecars] = await Promise.all([desk.rates(periods), desk.sidecars()])
    if (flags.json === true) terminal.out(toJson({ ok: true, rates, sidecars }))
    else {
      ratesLines(rates).forEach(terminal.out)
      sidecars.map((sidecar) => sidecarLine(sidecar, rates, now)).forEach(terminal.out)
    }
    return EXIT.ok
  })
}

async function show(flags: PayFlags & { readonly account: string }, terminal: Terminal): Promise<number> {
  const account = addressOf(flags.account, '--account')
  return withEconomy(flags, async (economy, by, now) => {
    const view = await openStakingDesk(economy, by).staker(account)
    if (flags.json === true) terminal.out(toJson({ ok: true, account, ...view }))
    else stakerLines(account, view, now).forEach(terminal.out)
    return EXIT.ok
  })
}

const ALL = 'all'
/** Undefined: all of it. */
const partOf = (text: string): bigint | undefined => (text === ALL ? undefined : amountOf(text, 'the amount'))

async function planAdding(desk: StakingDesk, sidecar: number, amount: bigint): Promise<Plan> {
  const since = await desk.runningSince(sidecar)
  return {
    steps: await desk.planStake(sidecar, amount),
    facts: { runningSince: since },
    lines:
      since === 0
        ? []
        : ['a project runs there: what this stake earns waits until its end, and leaving before forfeits it'],
    after: `you have ${amountText(amount)} ANKR more on sidecar ${sidecar}; it votes once you name a candidate: stkr stake vote`,
  }
}

interface At {
  readonly desk: StakingDesk
  readonly sender: Hex
  readonly now: number
}

/** Taking stake off a sidecar, with what that forfeits. */
async function planLeaving(
  { desk, sender, now }: At,
  from: number,
  wanted: bigint | undefined,
  plan: (amount: bigint) => ReturnType<StakingDesk['planUnstake']>,
): Promise<Plan> {
  const amount = wanted ?? (await desk.stakeOn(sender, from))
  const steps = await plan(amount)
  const leaving = await desk.earlyLeaving(sender, from, amount)
  return {
    steps,
    facts: { amount, forfeits: leaving?.forfeits ?? null },
    lines: [`takes ${amountText(amount)} ANKR off sidecar ${from}`, ...(leaving ? [leavingText(leaving, now)] : [])],
  }
}

export const configure: Configure = (command: Command, terminal, done) => {
  const all = <F extends PayFlags>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  const sub = (name: string, help: string): Command => addEconomyFlags(command.command(name).description(help))
  const paying = (name: string, help: string): Command => addSendFlags(sub(name, help))
  const perform = async (flags: PayFlags, plan: (at: At) => Promise<Plan>): Promise<void> => {
    const given = all(flags)
    done(
      await withEconomy(given, async (economy, account, now) => {
        const desk = openStakingDesk(economy, account)
        return settlePlan(desk, await plan({ desk, sender: account.outbox.sender, now }), given, terminal)
      }),
    )
  }
  const sidecarOf = (text: string): number => wholeNumber(text, 'a sidecar')

  sub('list', 'all sidecars, the stake on them and its yield')
    .option('--periods <count>', 'closed reward periods that the yield is taken from', '4')
    .action(async (flags: PayFlags & { periods: string }) => done(await list(all(flags), terminal)))
  sub('show', 'what an account has staked, what that earned, whom it votes for')
    .requiredOption('--account <address>', 'whose')
    .action(async (flags: PayFlags & { account: string }) => done(await show(all(flags), terminal)))
  paying('add', 'stake ANKR on a sidecar')
    .argument('<sidecar>', 'its id')
    .argument('<ankr>', 'how much')
    .action((sidecar: string, text: string, flags: PayFlags) => {
      const [id, amount] = [sidecarOf(sidecar), amountOf(text, 'the amount')]
      return perform(flags, ({ desk }) => planAdding(desk, id, amount))
    })
  paying('remove', 'take ANKR back from a sidecar, whatever became of it')
    .argument('<sidecar>', 'its id')
    .argument('<ankr>', `how much, or ${ALL}`)
    .action((sidecar: string, text: string, flags: PayFlags) => {
      const [id, wanted] = [sidecarOf(sidecar), partOf(text)]
      return perform(flags, (at) => planLeaving(at, id, wanted, (amount) => at.desk.planUnstake(id, amount)))
    })
  paying('move', 'put ANKR from one sidecar on another; votes stay')
    .argument('<from>', 'its id')
    .argument('<to>', 'its id')
    .argument('<ankr>', `how much, or ${ALL}`)
    .action((fromText: string, toText: string, text: string, flags: PayFlags) => {
      const [from, to, wanted] = [sidecarOf(fromText), sidecarOf(toText), partOf(text)]
      return perform(flags, (at) => planLeaving(at, from, wanted, (amount) => at.desk.planMove(from, to, amount)))
    })
  paying('vote', 'let all your stake vote for a candidate, and earn for it; again after staking more')
    .argument('<candidate>', 'its address: stkr gov council')
    .action((text: string, flags: PayFlags) => {
      const candidate = addressOf(text, 'the candidate')
      return perform(flags, async ({ desk, sender }) => {
        const { stake } = await desk.staker(sender)
        return {
          steps: await desk.planVote(candidate),
          facts: { candidate, votes: stake },
          lines: [`${amountText(stake)} votes for ${candidate}; only votes for who stands earn`],
        }
      })
    })
  command.addHelpText('after', EXAMPLE)
}
