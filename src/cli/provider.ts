// `stkr provider …`: the provider's commands. Apply with capacity and ceiling, put up collateral, name the sidecars that bid,
// and look where one stands. Qualifying is the authority's. Each is safe to repeat: what is done already is not done again.

import type { Command } from 'commander'
import type { Call } from '../chain/contracts.ts'
import { openProviderDesk } from '../chain/provider.ts'
import type { ProviderDesk } from '../chain/provider.ts'
import { createPlanner } from '../chain/steps.ts'
import { Fault } from '../core/errors.ts'
import { ankr } from '../devnet/job-view.ts'
import { addMarketFlags, withAccount } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { plainSteps, settleSteps } from './sending.ts'
import { parseDecimal, thousandths } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr provider apply --brand "Blue Nodes" --cpu 64 --memory 256 --storage 2000 --ceiling 500 --key-file owner.key
  $ stkr provider stake 500 --key-file owner.key
  $ stkr provider enrol 7 --key-file owner.key
  $ stkr provider show --key-file owner.key
  $ stkr provider withdraw 200 --key-file owner.key --yes
  $ stkr provider withdraw --finish --key-file owner.key --yes

The key is that of the account that owns the sidecars. The governors qualify what was applied for; only then it may bid.`

const STATUS = ['unknown', 'applied', 'qualified', 'disqualified', 'suspended'] as const

interface KeyFlags extends OfficeFlags {
  readonly keyFile: string
}

/** The caller's provider. Fault `usage` before the first application. */
async function ownId(desk: ProviderDesk): Promise<number> {
  const id = await desk.id()
  if (id === 0) throw new Fault('usage', 'this account is no provider yet: stkr provider apply')
  return id
}

async function show(desk: ProviderDesk, json: boolean, terminal: Terminal): Promise<void> {
  const found = await desk.handles.providers.read('provider', [await ownId(desk)])
  const { id, brand, capacity, free, ceiling, collateral, lien, running, score, sidecars } = found
  const status = STATUS[found.status] ?? STATUS[0]
  const facts = { id, status, brand, capacity, free, ceiling, collateral, lien, running, score, sidecars }
  if (json) return terminal.out(toJson({ ok: true, provider: facts }))
  const size = (of: typeof free): string =>
    `${thousandths(of.cpuMilliGhz)} GHz, ${thousandths(of.memoryMilliGb)} GB memory, ${thousandths(of.storageMilliGb)} GB storage`
  const lines: readonly (readonly [string, string])[] = [
    ['provider', `${id} ${brand}  ${status}, score ${score}`],
    ['free', `${size(free)} of ${size(capacity)}`],
    ['collateral', `${ankr(collateral)} ANKR, ${ankr(lien)} bound by ${running} jobs`],
    ['ceiling', `${ankr(ceiling)} ANKR`],
    ['sidecars', sidecars.join(' ') || 'none: stkr provider enrol <sidecar>'],
  ]
  for (const [name, text] of lines) terminal.out(`${name.padEnd(10)} ${text}`)
}

interface ApplyFlags extends KeyFlags {
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

function sidecarNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Fault('usage', `a sidecar is a whole number from 1, not ${JSON.stringify(text)}`)
  return Number(text)
}

export const configure: Configure = (command: Command, terminal, done) => {
  const sub = (name: string, help: string): Command =>
    addMarketFlags(command.command(name).description(help)).requiredOption(
      '--key-file <file>',
      'key of the account that owns the sidecars: one line, 0x and 64 hex digits, mode 0600',
    )
  /** Does something as the provider's owner, then shows where it stands. */
  const act = async (flags: KeyFlags, work: (desk: ProviderDesk) => Promise<unknown>): Promise<void> => {
    const { json = false } = command.opts<{ json?: boolean }>()
    await withAccount(flags, flags.keyFile, async (marketplace, deps) => {
      const desk = await openProviderDesk(marketplace, deps)
      await work(desk)
      await show(desk, json, terminal)
    })
    done(EXIT.ok)
  }
  sub('apply', 'apply, or change an application; it counts when the governors have qualified it')
    .requiredOption('--brand <name>', 'at most 64 bytes')
    .option('--cpu <ghz>', 'processors', '0')
    .option('--memory <gb>', 'memory', '0')
    .option('--storage <gb>', 'storage', '0')
    .requiredOption('--ceiling <ankr>', 'the highest price it may bid')
    .action((flags: ApplyFlags) => act(flags, (desk) => desk.apply(applicationOf(flags))))
  sub('stake', 'top collateral up to an amount')
    .argument('<ankr>', 'collateral in all')
    .action((amount: string, flags: KeyFlags) =>
      act(flags, async (desk) => desk.stake(await ownId(desk), parseDecimal(amount, 18, 'the amount'))),
    )
  sub('enrol', 'let a sidecar bid for the provider')
    .argument('<sidecar>', 'its id')
    .action((sidecar: string, flags: KeyFlags) =>
      act(flags, async (desk) => desk.enrol(await ownId(desk), sidecarNumber(sidecar))),
    )
  /** Shows one transaction as the provider's owner, asks, sends. */
  const settle = async (
    flags: KeyFlags,
    name: string,
    call: (desk: ProviderDesk, id: number) => Call,
  ): Promise<void> => {
    const { json = false } = command.opts<{ json?: boolean }>()
    await withAccount(flags, flags.keyFile, async (marketplace, deps) => {
      const desk = await openProviderDesk(marketplace, deps)
      const planner = createPlanner(deps)
      const steps = [await planner.plan(name, call(desk, await ownId(desk)))]
      const sent = await settleSteps(planner, steps, { ...flags, json }, terminal)
      if (json) terminal.out(toJson({ ok: true, steps: plainSteps(steps), sent: sent ?? [] }))
    })
    done(EXIT.ok)
  }
  sub('withdraw', 'ask collateral back; with --finish take what was asked back, once the delay is over')
    .argument('[ankr]', 'how much to ask back')
    .option('--finish', 'take it')
    .option('--yes', 'send without asking; where nobody can be asked, nothing is sent without it')
    .action((amount: string | undefined, flags: KeyFlags & { readonly finish?: boolean }) => {
      const finish = flags.finish === true
      if (finish === (amount !== undefined)) throw new Fault('usage', 'give an amount to ask back, or --finish')
      return settle(flags, finish ? 'withdraw' : 'request', ({ handles }, id) =>
        amount === undefined
          ? handles.providers.call('withdraw', [id])
          : handles.providers.call('requestWithdrawal', [id, parseDecimal(amount, 18, 'the amount')]),
      )
    })
  sub('show', 'where the provider stands').action((flags: KeyFlags) => act(flags, async () => undefined))
  command.addHelpText('after', EXAMPLE)
}
