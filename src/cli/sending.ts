// Show what will be sent, ask, send: what all commands that pay have in common. Promises that nothing is sent before every
// step was shown and somebody agreed: with --yes beforehand, or at the terminal. Without either it is a dry run.

import type { Command } from 'commander'
import type { Planner, Sent, Step } from '../chain/steps.ts'
import { GAS_KNOBS } from '../config/gas.ts'
import type { RawFlags } from '../config/resolve.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { amountText } from './units.ts'

export interface SendFlags {
  readonly yes?: boolean
  readonly json?: boolean
}

/** Of a command that may pay, with the flags that say where. */
export interface PayFlags extends RawFlags, SendFlags {
  readonly json?: boolean
  readonly yes?: boolean
  readonly keyFile?: string
}

export function addSendFlags(command: Command): Command {
  command
    .requiredOption('--key-file <file>', 'key of the account that pays: one line, 0x and 64 hex digits, mode 0600')
    .option('--yes', 'send without asking; where nobody can be asked, nothing is sent without it')
  addKnobs(command, GAS_KNOBS)
  return command
}

/** What a step costs beside its gas. */
const valueText = ({ value = 0n }: Step['call']): string => (value === 0n ? '' : `, ${amountText(value)} ETH`)

const gasText = (gas: bigint | undefined): string =>
  gas === undefined ? 'gas known after the step before' : `up to ${gas.toLocaleString('en-US')} gas`

async function isAgreed({ yes = false, json = false }: SendFlags, terminal: Terminal): Promise<boolean> {
  if (yes || json || !terminal.ask) return yes
  return /^y(es)?$/i.test((await terminal.ask('send? [y/N] ')).trim())
}

/**
 * Shows the steps; sends them when they are agreed to. Undefined: nothing was sent. Nothing to do is no step and agreed.
 * Faults: `revert-…`, those of the outbox.
 */
export async function settleSteps(
  { send }: Pick<Planner, 'send'>,
  steps: readonly Step[],
  flags: SendFlags,
  terminal: Terminal,
): Promise<readonly Sent[] | undefined> {
  const say = flags.json === true ? () => undefined : terminal.out
  const width = Math.max(9, ...steps.map(({ name }) => name.length))
  for (const { name, call, gas } of steps)
    say(`${flags.yes === true ? 'send' : 'would send'}  ${name.padEnd(width)} ${gasText(gas)}${valueText(call)}`)
  if (steps.length > 0 && !(await isAgreed(flags, terminal))) {
    say('nothing was sent: add --yes')
    return undefined
  }
  const sent = await send(steps)
  for (const { name, tx, gasUsed } of sent)
    say(`sent  ${name.padEnd(width)} ${tx}  gas ${gasUsed.toLocaleString('en-US')}`)
  return sent
}

/** Steps as --json tells them. */
export const plainSteps = (steps: readonly Step[]): readonly Pick<Step, 'name' | 'gas'>[] =>
  steps.map(({ name, gas }) => ({ name, gas }))

/** What a command plans, and what it says of it beside the steps. */
export interface Plan {
  readonly steps: readonly Step[]
  readonly facts?: object
  /** Before anything is sent. */
  readonly lines?: readonly string[]
  /** Once all is sent; may ask what became of it, and --json tells those facts too. */
  readonly after?: string | (() => Promise<{ readonly facts: object; readonly line: string }>)
}

/** A plan said, shown, agreed to and sent; the exit code. Faults as `settleSteps`. */
export async function settlePlan(
  planner: Pick<Planner, 'send'>,
  { steps, facts = {}, lines = [], after }: Plan,
  flags: SendFlags,
  terminal: Terminal,
): Promise<number> {
  const json = flags.json === true
  if (!json) lines.forEach(terminal.out)
  const sent = await settleSteps(planner, steps, flags, terminal)
  const learnt = sent && typeof after === 'function' ? await after() : undefined
  const line = typeof after === 'string' ? after : learnt?.line
  if (json) terminal.out(toJson({ ok: true, ...facts, ...learnt?.facts, steps: plainSteps(steps), sent: sent ?? [] }))
  else if (sent && line !== undefined) terminal.out(line)
  return EXIT.ok
}
