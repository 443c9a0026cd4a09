// `stkr job complete`, `profit`, `withdraw`, `stake-profit`, `dispute`, `resume` and `concede`: what requesters and providers do
// with a job that runs, and with what it paid. Like all commands that pay they show their steps first.

import type { Command } from 'commander'
import { laterStep } from '../chain/steps.ts'
import type { Step } from '../chain/steps.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { JobOffice } from '../job-report.ts'
import { addressOf, amountOf } from './arguments.ts'
import { addSenderFlags, withOffice } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import type { Terminal } from './outcome.ts'
import { settlePlan } from './sending.ts'

/** Steps for the account that sends; faults of planning are what stands against them. */
type Steps = (office: JobOffice, sender: Hex) => Promise<readonly Step[]>

/** Plans, shows, sends, and says `after` when all was sent. */
const perform = (flags: OfficeFlags, terminal: Terminal, after: string, steps: Steps): Promise<number> =>
  withOffice(flags, flags.keyFile, async (office) =>
    settlePlan(office.desk, { steps: await steps(office, office.sender), after }, flags, terminal),
  )

type Act = 'complete' | 'dispute' | 'concede' | 'resume'

/** `IProjects.Ruling`. */
const RULED_FAILED = 2

/** One act about one job. */
const act =
  (name: Act, id: number): Steps =>
  async ({ desk }) => {
    const { projects } = desk.handles
    const call = projects.call(name, [BigInt(id)])
    const failing =
      name === 'concede' ||
      (name === 'resume' && (await projects.read('projectOf', [BigInt(id)])).ruling === RULED_FAILED)
    return failing ? desk.planFailure(name, id, call) : [await desk.plan(name, call)]
  }

interface ProfitFlags extends OfficeFlags {
  readonly ankr?: string
  readonly eth?: string
}

const profitSteps =
  (id: number, ankr: bigint, eth: bigint): Steps =>
  async ({ desk }, sender) => {
    const { projects, token } = desk.handles
    const steps: Step[] = []
    if (ankr > 0n) {
      const deposit = projects.call('depositProfit', [BigInt(id), ankr])
      if ((await token.read('allowance', [sender, projects.address])) < ankr) {
        steps.push(await desk.plan('approve', token.call('approve', [projects.address, ankr])))
        steps.push(laterStep('profit', deposit))
      } else steps.push(await desk.plan('profit', deposit))
    }
    if (eth > 0n)
      steps.push(await desk.plan('profit in ETH', { ...projects.call('depositEth', [BigInt(id)]), value: eth }))
    return steps
  }

function profit(id: number, { ankr, eth, ...flags }: ProfitFlags, terminal: Terminal): Promise<number> {
  const tokens = ankr === undefined ? 0n : amountOf(ankr, '--ankr')
  const wei = eth === undefined ? 0n : amountOf(eth, '--eth')
  if (tokens === 0n && wei === 0n) throw new Fault('usage', 'how much? give --ankr, --eth or both')
  return perform(flags, terminal, `job ${id}: its profit is there`, profitSteps(id, tokens, wei))
}

/** Everything the account is owed: refunds by the marketplace, the rest by the projects. */
const withdrawSteps =
  (to: Hex | undefined): Steps =>
  async ({ desk }, sender) => {
    const { marketplace, projects } = desk.handles
    const [refunds, credit] = await Promise.all([
      marketplace.read('creditOf', [sender]),
      projects.read('creditOf', [sender]),
    ])
    const steps: Step[] = []
    if (refunds > 0n) steps.push(await desk.plan('withdraw refunds', marketplace.call('withdrawCredit', [sender])))
    if (credit.ankr > 0n || credit.eth > 0n)
      steps.push(await desk.plan('withdraw', projects.call('withdraw', [to ?? sender])))
    if (steps.length === 0) throw new Fault('job-no-credit', `nothing is credited to ${sender}`)
    return steps
  }

const stakeSteps =
  (amount: bigint): Steps =>
  async ({ desk }) => [await desk.plan('stake profit', desk.handles.projects.call('stakeProfit', [amount]))]

export interface EndWiring {
  readonly terminal: Terminal
  readonly done: (code: number) => void
  readonly jobNumber: (text: string) => number
  /** Flags with those that belong to all commands of the name. */
  readonly all: <F extends OfficeFlags>(flags: F) => F
}

/** Adds the commands to `stkr job`. */
export function addEnd(
  sub: (name: string, help: string) => Command,
  { terminal, done, jobNumber, all }: EndWiring,
): void {
  const ofJob = (name: string, help: string): Command => addSenderFlags(sub(name, help)).argument('<job>', 'its number')
  const acts: readonly (readonly [Act, string, string])[] = [
    ['complete', 'end a job whose time is over: everybody is credited', 'is completed: stkr job withdraw'],
    ['dispute', 'ask the government about a running job, once; its money is locked until it rules', 'is disputed'],
    [
      'resume',
      'end a dispute: carry out what was ruled, or let the job go on that nobody ruled on',
      'is disputed no more',
    ],
    ['concede', 'as its provider: give a running job up; its requester gets everything back', 'is given up'],
  ]
  for (const [name, help, after] of acts)
    ofJob(name, help).action(async (job: string, flags: OfficeFlags) => {
      const id = jobNumber(job)
      done(await perform(all(flags), terminal, `job ${id} ${after}`, act(name, id)))
    })
  ofJob('profit', 'add to the profit of a running job')
    .option('--ankr <amount>', 'in ANKR')
    .option('--eth <amount>', 'in ETH')
    .action(async (job: string, flags: ProfitFlags) => {
      done(await profit(jobNumber(job), all(flags), terminal))
    })
  addSenderFlags(sub('withdraw', 'take what jobs paid or gave back to this account'))
    .option('--to <address>', 'who gets what jobs paid (default: the account itself)')
    .action(async ({ to, ...flags }: OfficeFlags & { readonly to?: string }) => {
      const receiver = to === undefined ? undefined : addressOf(to, '--to')
      done(await perform(all(flags), terminal, 'withdrawn', withdrawSteps(receiver)))
    })
  addSenderFlags(sub('stake-profit', 'stake a part of what jobs paid: rewards go by stake'))
    .argument('<ankr>', 'how much')
    .action(async (amount: string, flags: OfficeFlags) => {
      done(await perform(all(flags), terminal, 'staked', stakeSteps(amountOf(amount, 'the amount'))))
    })
}
