// `stkr rewards …`: what an account is owed anywhere in the network, and one command that fetches all of it, its steps shown
// first.

import type { Command } from 'commander'
import { AuditLedgerAbi } from '../chain/abi/AuditLedger.ts'
import { bindContract } from '../chain/contracts.ts'
import { openRewardsDesk } from '../chain/rewards-desk.ts'
import type { Owed, RewardsDesk, RewardsView } from '../chain/rewards-desk.ts'
import { loadOptional } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { addPlaceFlags, placeOf } from './account.ts'
import { addressOf } from './arguments.ts'
import { ECONOMY_PLACE, withEconomy } from './economy-office.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags, Plan } from './sending.ts'
import { amountsText } from './stake-text.ts'
import { spanText } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr rewards show --account 0x…
  $ stkr rewards claim --key-file user.key
  $ stkr rewards claim --to 0x… --key-file user.key --yes
  $ stkr rewards claim --account 0x… --key-file any.key --yes
  $ stkr rewards release --key-file any.key --yes

Rewards are earned in periods and can be claimed once theirs is closed; anybody closes one that is over with release. Nothing is
lost by waiting. Bounties for posting are found when --ledger is known.`

const NAME_WIDTH = 14
const isSome = ({ ankr, eth }: Owed['amounts']): boolean => ankr > 0n || eth > 0n

function owedText({ role, from, amounts, held, expected }: Owed): string {
  const waits = isSome(held) ? `, ${amountsText(held)} wait for the end of a project` : ''
  const comes = isSome(expected) ? `, about ${amountsText(expected)} in the open period` : ''
  return `${role.padEnd(NAME_WIDTH)} ${from}: ${amountsText(amounts)}${waits}${comes}`
}

function viewLines({ owed, total, period }: RewardsView, now: number): readonly string[] {
  const { number, endsAt, over } = period
  const ends = over
    ? 'over, and open until somebody closes it: stkr rewards release'
    : `ends in ${spanText(endsAt - now)}`
  return [
    ...owed.map(owedText),
    `${'in all'.padEnd(NAME_WIDTH)} ${amountsText(total)} to be claimed now`,
    `${'period'.padEnd(NAME_WIDTH)} ${number}, ${ends}`,
  ]
}

const PLACE = [...ECONOMY_PLACE, 'ledger'] as const

export const configure: Configure = (command: Command, terminal: Terminal, done) => {
  const all = <F extends PayFlags>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  const sub = (name: string, help: string): Command => addPlaceFlags(command.command(name).description(help), PLACE)

  const withRewards = <T>(
    flags: PayFlags,
    use: (desk: RewardsDesk, sender: Hex, now: number) => Promise<T>,
  ): Promise<T> =>
    withEconomy(flags, (economy, account, now) => {
      const address = loadOptional('ledger', placeOf(flags, ['ledger']))
      const ledger = address === undefined ? undefined : bindContract(AuditLedgerAbi, address, account.provider)
      return use(openRewardsDesk(economy, ledger, account), account.outbox.sender, now)
    })
  const perform = async (flags: PayFlags, plan: (desk: RewardsDesk, sender: Hex) => Promise<Plan>): Promise<void> => {
    const given = all(flags)
    done(await withRewards(given, async (desk, sender) => settlePlan(desk, await plan(desk, sender), given, terminal)))
  }

  sub('show', 'all that an account is owed, and as what')
    .requiredOption('--account <address>', 'whose')
    .action(async (flags: PayFlags & { account: string }) => {
      const given = all(flags)
      const account = addressOf(flags.account, '--account')
      done(
        await withRewards(given, async (desk, _, now) => {
          const view = await desk.view(account)
          if (given.json === true) terminal.out(toJson({ ok: true, account, ...view }))
          else viewLines(view, now).forEach(terminal.out)
          return EXIT.ok
        }),
      )
    })
  addSendFlags(sub('claim', 'fetch everything that pays something now'))
    .option('--to <address>', 'who receives rewards of the Reward Pool and of micro-pools; credits come to the account')
    .option('--account <address>', 'send another account, a signer for one, the credits that anybody may send to it')
    .action((flags: PayFlags & { to?: string; account?: string }) => {
      if (flags.to !== undefined && flags.account !== undefined)
        throw new Fault('usage', 'either --to or --account: what is sent to another account comes to nobody else')
      const receiver = flags.to === undefined ? undefined : addressOf(flags.to, '--to')
      const other = flags.account === undefined ? undefined : addressOf(flags.account, '--account')
      return perform(flags, async (desk, sender) => {
        const { steps, owed, blocked } = await (other === undefined
          ? desk.planClaim(receiver ?? sender)
          : desk.planSending(other))
        const lines = owed.length === 0 ? ['nothing can be claimed now: stkr rewards show'] : owed.map(owedText)
        const left = blocked.map(({ from, code }) => `${from} would refuse it now and is left out: ${code}`)
        return { steps, facts: { owed, blocked }, lines: [...lines, ...left] }
      })
    })
  addSendFlags(sub('release', 'close the Reward Pool’s period once it is over; anybody may')).action(
    (flags: PayFlags) => perform(flags, async (desk) => ({ steps: await desk.planRelease() })),
  )
  command.addHelpText('after', EXAMPLE)
}
