// The council's part of `stkr gov`: who has a seat, who stands, and what an account does to get, keep or give up either.

import type { Command } from 'commander'
import { openCouncilDesk } from '../chain/council-desk.ts'
import type { CouncilDesk } from '../chain/council-desk.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { addressOf, amountOf } from './arguments.ts'
import { addEconomyFlags, withEconomy } from './economy-office.ts'
import type { Setting } from './gov-propose.ts'
import { councilLines } from './gov-text.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags, Plan } from './sending.ts'
import { amountText, spanText } from './units.ts'

async function council(flags: PayFlags & { readonly account?: string }, terminal: Terminal): Promise<number> {
  const account = flags.account === undefined ? undefined : addressOf(flags.account, '--account')
  return withEconomy(flags, async (economy, by, now) => {
    const desk = openCouncilDesk(economy, by)
    const view = await desk.view()
    const own = account && { account, ...(await desk.stakeOf(account)) }
    if (flags.json === true) terminal.out(toJson({ ok: true, council: view, account: own }))
    else {
      councilLines(view, now).forEach(terminal.out)
      if (own)
        terminal.out(
          `account    ${own.account}  stake ${amountText(own.stake)}, ${amountText(own.withdrawing)} asked back` +
            (own.unlocksAt > now ? `, free in ${spanText(own.unlocksAt - now)}` : ''),
        )
    }
    return EXIT.ok
  })
}

/** What stake is withdrawn, and when it comes. */
async function withdrawal(desk: CouncilDesk, sender: Hex, amount: bigint | undefined): Promise<Plan> {
  const steps = await desk.planWithdrawal(amount)
  const { unbondingSeconds } = await desk.policy()
  if (amount === undefined)
    return { steps, lines: [`pays ${amountText((await desk.stakeOf(sender)).withdrawing)} ANKR`] }
  const wait = `it counts for nothing from now on, comes after ${spanText(unbondingSeconds)}, and can be slashed until then`
  return { steps, lines: [wait], after: `after ${spanText(unbondingSeconds)}: stkr gov withdraw --finish` }
}

export function configureCouncil(command: Command, { all, done, terminal }: Setting): void {
  const sub = (name: string, help: string): Command => addEconomyFlags(command.command(name).description(help))
  const paying = (name: string, help: string): Command => addSendFlags(sub(name, help))
  const perform = async (flags: PayFlags, plan: (desk: CouncilDesk, sender: Hex) => Promise<Plan>): Promise<void> => {
    const given = all(flags)
    done(
      await withEconomy(given, async (economy, account) => {
        const desk = openCouncilDesk(economy, account)
        return settlePlan(desk, await plan(desk, account.outbox.sender), given, terminal)
      }),
    )
  }
  const stakeOf = ({ stake }: { readonly stake?: string }): bigint | undefined =>
    stake === undefined ? undefined : amountOf(stake, '--stake')

  sub('council', 'seats, candidates, the next election, votes missed')
    .option('--account <address>', 'whose stake to show')
    .action(async (flags: PayFlags & { account?: string }) => done(await council(all(flags), terminal)))
  paying('deposit', 'add to your stake as a governor or candidate')
    .argument('<ankr>', 'how much')
    .action((text: string, flags: PayFlags) => {
      const amount = amountOf(text, 'the amount')
      return perform(flags, async (desk) => ({ steps: await desk.planDeposit(amount) }))
    })
  paying('accept', 'take the seat you are invited to, before the first election')
    .option('--stake <ankr>', 'top your stake up to so much first; default: the least')
    .action((flags: PayFlags & { stake?: string }) => {
      const stake = stakeOf(flags)
      return perform(flags, async (desk) => ({ steps: await desk.planSeat(stake) }))
    })
  paying('stand', 'be a candidate at every election from now on')
    .option('--stake <ankr>', 'top your stake up to so much first; default: the least')
    .option('--instead-of <address>', 'in a full list: a candidate with fewer votes than your own stake')
    .action((flags: PayFlags & { stake?: string; insteadOf?: string }) => {
      const stake = stakeOf(flags)
      const other = flags.insteadOf === undefined ? undefined : addressOf(flags.insteadOf, '--instead-of')
      return perform(flags, async (desk) => ({ steps: await desk.planCandidacy(stake, other) }))
    })
  paying('leave', 'give up your seat or your candidacy; the other is kept')
    .argument('<what>', 'seat, candidacy')
    .action((what: string, flags: PayFlags) => {
      if (what !== 'seat' && what !== 'candidacy')
        throw new Fault('usage', `you leave your seat or your candidacy, not ${JSON.stringify(what)}`)
      return perform(flags, async (desk) => ({ steps: await desk.planResignation(what) }))
    })
  paying('withdraw', 'ask stake back; with --finish take what was asked back, once the delay is over')
    .argument('[ankr]', 'how much to ask back')
    .option('--finish', 'take it')
    .action((text: string | undefined, flags: PayFlags & { finish?: boolean }) => {
      if ((flags.finish === true) === (text !== undefined))
        throw new Fault('usage', 'give an amount to ask back, or --finish')
      const amount = text === undefined ? undefined : amountOf(text, 'the amount')
      return perform(flags, (desk, sender) => withdrawal(desk, sender, amount))
    })
  paying('elect', 'hold the election that is due; anybody may').action((flags: PayFlags) =>
    perform(flags, async (desk) => ({ steps: await desk.planElection(), after: 'elected: stkr gov council' })),
  )
  paying('punish', 'have a governor slashed that missed three votes in a row; anybody may')
    .argument('<account>', 'its address')
    .action((text: string, flags: PayFlags) => {
      const account = addressOf(text, 'the governor')
      return perform(flags, async (desk) => {
        const { steps, absence } = await desk.planPunishment(account)
        const { first, slashed, losesSeat } = absence
        const cost = `takes ${amountText(slashed)} ANKR${losesSeat ? ', and seat and candidacy' : ''}`
        return { steps, facts: { absence }, lines: [`missed decisions ${first} to ${first + 2}: ${cost}`] }
      })
    })
}
