// `stkr provider …`: the provider's commands. Apply with capacity and ceiling, put up collateral, name the sidecars that bid;
// and, for everybody, who there is, with standing and score. Qualifying is the governors'. Commands that pay show their
// steps first; what is done already is not done again.

import type { Command } from 'commander'
import { findEconomy, governmentOf } from '../chain/economy.ts'
import { openProviderBoard } from '../chain/provider-view.ts'
import type { ProviderPolicy } from '../chain/deploy-options.ts'
import type { ProviderBoard, ProviderView } from '../chain/provider-view.ts'
import { openProviderDesk } from '../chain/provider.ts'
import type { ProviderDesk } from '../chain/provider.ts'
import type { Step } from '../chain/steps.ts'
import { Fault } from '../core/errors.ts'
import { amountOf, wholeNumber } from './arguments.ts'
import type { Account } from './account.ts'
import { addMarketFlags, addSenderFlags, withAccount } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'
import { configureReport } from './provider-report.ts'
import { providerLines, providerSummary, scoreParts } from './provider-text.ts'
import { plainSteps, settlePlan, settleSteps } from './sending.ts'
import { parseDecimal } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr provider list
  $ stkr provider show 3
  $ stkr provider refresh 3 --key-file any.key --yes
  $ stkr provider suspend 3 --key-file any.key
  $ stkr provider report 7 --peer /ip4/203.0.113.7/tcp/9470/p2p/12D3Koo… --key-file any.key

For providers:
  $ stkr provider apply --brand "Blue Nodes" --cpu 64 --memory 256 --storage 2000 --ceiling 500 --key-file owner.key
  $ stkr provider stake 500 --key-file owner.key --yes
  $ stkr provider enrol 7 --key-file owner.key --yes
  $ stkr provider show --key-file owner.key
  $ stkr provider withdraw 200 --key-file owner.key --yes
  $ stkr provider withdraw --finish --key-file owner.key --yes

The key is that of the account that owns the sidecars. The governors qualify what was applied for; only then it may bid.`

/** The caller's provider. Fault `usage` before the first application. */
async function ownId({ id }: Pick<ProviderDesk, 'id'>): Promise<number> {
  const found = await id()
  if (found === 0) throw new Fault('usage', 'this account is no provider yet: stkr provider apply')
  return found
}

interface ApplyFlags extends OfficeFlags {
  readonly brand: string
  readonly cpu: string
  readonly memory: string
  readonly storage: string
  readonly ceiling: string
}

const applicationOf = ({ brand, cpu, memory, storage, ceiling }: ApplyFlags) => ({
  brand,
  capacity: {
    cpuMilliGhz: Number(parseDecimal(cpu, 3, '--cpu')),
    memoryMilliGb: Number(parseDecimal(memory, 3, '--memory')),
    storageMilliGb: Number(parseDecimal(storage, 3, '--storage')),
  },
  ceiling: parseDecimal(ceiling, 18, '--ceiling'),
})

const facts = (view: ProviderView, policy: ProviderPolicy): object => ({ ...view, ...scoreParts(view, policy) })

interface At extends Account {
  readonly desk: ProviderDesk
  readonly board: ProviderBoard
  readonly now: number
}

/** Runs `use` where providers are. */
const withProviders = <T>(flags: OfficeFlags, use: (at: At) => Promise<T>): Promise<T> =>
  withAccount(flags, flags.keyFile, async (marketplace, account) => {
    const { provider } = account
    const [desk, economy, head] = await Promise.all([
      openProviderDesk(marketplace, account),
      governmentOf(provider, marketplace).then((government) => findEconomy(provider, government)),
      provider.getBlock('latest'),
    ])
    return use({ ...account, desk, board: openProviderBoard(economy, account), now: head?.timestamp ?? 0 })
  })

export const configure: Configure = (command: Command, terminal, done) => {
  const all = <F extends OfficeFlags>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  const sub = (name: string, help: string): Command => addMarketFlags(command.command(name).description(help))
  const paying = (name: string, help: string): Command => addSenderFlags(command.command(name).description(help))

  async function show(id: number, { board, now }: At, json: boolean, more: object = {}): Promise<void> {
    const [view, policy] = await Promise.all([board.view(id), board.policy()])
    if (json) terminal.out(toJson({ ok: true, provider: facts(view, policy), ...more }))
    else providerLines(view, policy, now).forEach(terminal.out)
  }

  /** Shows steps of the provider's owner, sends them when agreed to, then shows where the provider stands. */
  const settle = async (flags: OfficeFlags, plan: (desk: ProviderDesk) => Promise<readonly Step[]>): Promise<void> => {
    const given = all(flags)
    await withProviders(given, async (at) => {
      const steps = await plan(at.desk)
      const sent = await settleSteps(at.desk, steps, given, terminal)
      const more = { steps: plainSteps(steps), sent: sent ?? [] }
      const id = await at.desk.id()
      if (id !== 0) await show(id, at, given.json === true, more)
      else if (given.json === true) terminal.out(toJson({ ok: true, ...more }))
    })
    done(EXIT.ok)
  }

  sub('list', 'all providers, with standing, score and what is free').action(async (flags: OfficeFlags) => {
    const given = all(flags)
    await withProviders(given, async ({ board }) => {
      const [views, policy] = await Promise.all([board.list(), board.policy()])
      if (given.json === true) terminal.out(toJson({ ok: true, providers: views.map((view) => facts(view, policy)) }))
      else if (views.length === 0) terminal.out('no providers yet: stkr provider apply')
      else views.map((view) => providerSummary(view, policy)).forEach(terminal.out)
    })
    done(EXIT.ok)
  })
  sub('show', 'where a provider stands, and what its score is made of')
    .argument('[provider]', 'its number; or your own by --key-file')
    .option('--key-file <file>', 'key of the account whose provider is shown')
    .action(async (text: string | undefined, flags: OfficeFlags) => {
      const given = all(flags)
      const id = text === undefined ? undefined : wholeNumber(text, 'a provider')
      if ((id === undefined) === (given.keyFile === undefined))
        throw new Fault('usage', 'which provider? give its number, or your own by --key-file')
      await withProviders(given, async (at) => show(id ?? (await ownId(at.desk)), at, given.json === true))
      done(EXIT.ok)
    })
  paying('apply', 'apply, or change an application; it counts when the governors have qualified it')
    .requiredOption('--brand <name>', 'at most 64 bytes')
    .option('--cpu <ghz>', 'processors', '0')
    .option('--memory <gb>', 'memory', '0')
    .option('--storage <gb>', 'storage', '0')
    .requiredOption('--ceiling <ankr>', 'the highest price it may bid')
    .action((flags: ApplyFlags) => {
      const application = applicationOf(flags)
      return settle(flags, (desk) => desk.planApplication(application))
    })
  paying('stake', 'top collateral up to an amount')
    .argument('<ankr>', 'collateral in all')
    .action((text: string, flags: OfficeFlags) => {
      const amount = amountOf(text, 'the amount')
      return settle(flags, async (desk) => desk.planStake(await ownId(desk), amount))
    })
  paying('enrol', 'let a sidecar bid for the provider')
    .argument('<sidecar>', 'its id')
    .action((text: string, flags: OfficeFlags) => {
      const sidecar = wholeNumber(text, 'a sidecar')
      return settle(flags, async (desk) => desk.planEnrolment(await ownId(desk), sidecar))
    })
  paying('withdraw', 'ask collateral back; with --finish take what was asked back, once the delay is over')
    .argument('[ankr]', 'how much to ask back')
    .option('--finish', 'take it')
    .action((text: string | undefined, flags: OfficeFlags & { readonly finish?: boolean }) => {
      const finish = flags.finish === true
      if (finish === (text !== undefined)) throw new Fault('usage', 'give an amount to ask back, or --finish')
      const amount = text === undefined ? undefined : amountOf(text, 'the amount')
      return settle(flags, async (desk) => {
        const { providers } = desk.handles
        const id = await ownId(desk)
        return amount === undefined
          ? [await desk.plan('withdraw', providers.call('withdraw', [id]))]
          : [await desk.plan('request', providers.call('requestWithdrawal', [id, amount]))]
      })
    })
  paying('refresh', 'bring a score up to date: proven uptime, policy, dividends, the end of a suspension; anybody may')
    .argument('[provider]', 'its number; default: your own')
    .action(async (text: string | undefined, flags: OfficeFlags) => {
      const given = all(flags)
      const wanted = text === undefined ? undefined : wholeNumber(text, 'a provider')
      done(
        await withProviders(given, async ({ desk, board }) => {
          const id = wanted ?? (await ownId(desk))
          const steps = await board.planRefresh(id)
          return settlePlan(
            board,
            { steps, facts: { provider: id }, after: `stkr provider show ${id}` },
            given,
            terminal,
          )
        }),
      )
    })
  paying('suspend', 'suspend a provider whose record brought its score below the threshold; anybody may')
    .argument('<provider>', 'its number')
    .action(async (text: string, flags: OfficeFlags) => {
      const given = all(flags)
      const id = wholeNumber(text, 'a provider')
      done(
        await withProviders(given, async ({ board }) => {
          const steps = await board.planSuspension(id)
          return settlePlan(
            board,
            { steps, facts: { provider: id }, after: `stkr provider show ${id}` },
            given,
            terminal,
          )
        }),
      )
    })
  configureReport(command, { all, done, terminal })
  command.addHelpText('after', EXAMPLE)
}
