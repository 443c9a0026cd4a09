// `stkr gov propose …`: decisions put to the vote. Everyday ones have a form each; any other is a function of a contract of
// the network with its arguments, or a file of several. What is sent is shown as everybody will read it, with what each
// call would be refused with today.

import type { Command } from 'commander'
import * as z from 'zod'
import { createDecisionForms, TIERS } from '../chain/decision-forms.ts'
import type { DecisionForms, RateChanges, Tier } from '../chain/decision-forms.ts'
import type { Call } from '../chain/contracts.ts'
import { openDecisionDesk } from '../chain/decision-desk.ts'
import type { DecisionDesk } from '../chain/decision-desk.ts'
import { GROUP_KEY_BYTES, GROUP_SIGNATURE_BYTES } from '../core/custody.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { amountOf, hexOf, readText, wholeNumber } from './arguments.ts'
import { addEconomyFlags, withEconomy } from './economy-office.ts'
import { callText } from './gov-text.ts'
import type { Terminal } from './outcome.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags } from './sending.ts'
import { parseDecimal, readAmount } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr gov propose qualify 3 --text "Two years of good work" --key-file governor.key
  $ stkr gov propose rates --cpu-usd 5.5 --text "Energy costs more" --key-file governor.key
  $ stkr gov propose system-key 0x02… 0x… --text "The new council's" --custody 0x… --key-file governor.key
  $ stkr gov propose policy Marketplace shortlist=3 startSeconds=10m --text-file why.md --key-file governor.key
  $ stkr gov propose call Quotes setFeed 0x… 1h --text "The new feed" --key-file governor.key
  $ stkr gov propose file calls.json --text-file why.md --key-file governor.key

Numbers are whole, or "500 ANKR", "1.5 ETH", "5 USD" (18 decimals), "10%" (basis points), "7d" (seconds). Structs and lists
are JSON, their numbers in quotes. A file is a JSON list of {"contract", "function", "args"} or {"to", "data"}.`

/** Text as the contract takes it, in bytes. */
const TEXT_MOST = 16_384

export interface Setting {
  readonly all: <F extends PayFlags>(flags: F) => F
  readonly done: (code: number) => void
  readonly terminal: Terminal
}

interface ProposeFlags extends PayFlags {
  readonly text?: string
  readonly textFile?: string
}

function textOf({ text, textFile }: ProposeFlags): string {
  if ((text === undefined) === (textFile === undefined))
    throw new Fault('usage', 'say why with --text or with --text-file, one of them')
  const found = (text ?? readText(textFile ?? '', '--text-file')).trim()
  const length = Buffer.byteLength(found)
  if (length === 0 || length > TEXT_MOST)
    throw new Fault('usage', `the text has 1 to ${TEXT_MOST} bytes, not ${length}`)
  return found
}

interface Tools {
  readonly desk: DecisionDesk
  readonly forms: DecisionForms
}

async function propose(flags: ProposeFlags, terminal: Terminal, make: (tools: Tools) => Promise<readonly Call[]>) {
  const text = textOf(flags)
  return withEconomy(flags, async (economy, account) => {
    const desk = openDecisionDesk(economy, account)
    const forms = createDecisionForms(economy, desk.codec, account.provider)
    const calls = await make({ desk, forms })
    const { steps, proposal } = await desk.planProposal({ calls, text })
    const refusals = await desk.refusals(calls)
    const read = calls.map((call) => desk.codec.read(call))
    const lines = read.flatMap((call, i) => [
      `call ${i + 1}     ${callText(call)}`,
      ...(refusals[i] === undefined ? [] : [`           would be refused if it were made now: ${refusals[i]}`]),
    ])
    const facts = { proposal, text, calls: read, refusals: refusals.map((code) => code ?? null) }
    return settlePlan(desk, { steps, facts, lines, after: 'proposed: stkr gov list' }, flags, terminal)
  })
}

const FileSchema = z
  .array(
    z.union([
      z.strictObject({ contract: z.string(), function: z.string(), args: z.array(z.json()).default([]) }),
      z.strictObject({
        to: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
        data: z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/),
      }),
    ]),
  )
  .min(1)
  .max(32)

function callsOfFile(file: string, { desk }: Tools): readonly Call[] {
  const wrong = (cause: unknown): Fault =>
    new Fault('usage', `${file} is no JSON list of 1 to 32 calls: see stkr gov propose --help`, { cause })
  let found: unknown
  try {
    found = JSON.parse(readText(file, 'file')) as unknown
  } catch (cause) {
    throw cause instanceof Fault ? cause : wrong(cause)
  }
  const checked = FileSchema.safeParse(found)
  if (!checked.success) throw wrong(checked.error)
  return checked.data.map((call) =>
    'to' in call
      ? { to: call.to.toLowerCase() as Hex, data: call.data.toLowerCase() as Hex }
      : desk.codec.write(call.contract, call.function, call.args, readAmount),
  )
}

/** Structs and lists are JSON, all else is taken as it is typed. */
function typed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new Fault('usage', `${JSON.stringify(text)} looks like JSON and is none`, { cause })
  }
}

function changesOf(fields: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf('=')
      if (at < 1) throw new Fault('usage', `a change is field=value, not ${JSON.stringify(field)}`)
      return [field.slice(0, at), typed(field.slice(at + 1))]
    }),
  )
}

interface RateFlags extends ProposeFlags {
  readonly cpuUsd?: string
  readonly memoryUsd?: string
  readonly storageUsd?: string
}

function ratesOf({ cpuUsd, memoryUsd, storageUsd }: RateFlags): RateChanges {
  const given = { cpuUsd, memoryUsd, storageUsd }
  const changes = Object.entries(given).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, parseDecimal(text, 18, name)] as const],
  )
  if (changes.length === 0) throw new Fault('usage', 'name at least one rate: --cpu-usd, --memory-usd, --storage-usd')
  return Object.fromEntries(changes)
}

function tierOf(text: string, stake: string | undefined): readonly [Tier, bigint] {
  const tier = TIERS.find((known) => known === text)
  if (!tier) throw new Fault('usage', `a tier is ${TIERS.join(', ')}, not ${JSON.stringify(text)}`)
  if ((tier === 'semi') !== (stake !== undefined))
    throw new Fault(
      'usage',
      '--stake is what a semi-trusted provider stakes: give it with semi, and with no other tier',
    )
  return [tier, stake === undefined ? 0n : amountOf(stake, '--stake')]
}

export function configureProposals(command: Command, { all, done, terminal }: Setting): void {
  const proposals = command.command('propose').description('put a decision to the vote, as a governor')
  const sub = (name: string, help: string): Command =>
    addSendFlags(addEconomyFlags(proposals.command(name).description(help)))
      .option('--text <text>', 'why, for everybody to read')
      .option('--text-file <file>', 'the same from a file')
  const act = async (flags: ProposeFlags, make: (tools: Tools) => Promise<readonly Call[]>): Promise<void> =>
    done(await propose(all(flags), terminal, make))
  const ofProvider = (name: string, help: string, make: (forms: DecisionForms, id: number) => Promise<Call>): void => {
    sub(name, help)
      .argument('<provider>', 'its number')
      .action((text: string, flags: ProposeFlags) => {
        const id = wholeNumber(text, 'a provider')
        return act(flags, async ({ forms }) => [await make(forms, id)])
      })
  }

  ofProvider(
    'qualify',
    'put into force what a provider applies for',
    async (forms, id) => (await forms.qualify(id)).call,
  )
  ofProvider('disqualify', 'end a qualification', (forms, id) => forms.disqualify(id))
  ofProvider('pardon', 'end a suspension before its time', (forms, id) => forms.pardon(id))
  sub('tier', 'how far a provider is trusted with a validator')
    .argument('<provider>', 'its number')
    .argument('<tier>', TIERS.join(', '))
    .option('--stake <eth>', 'what it stakes of 32 ETH, for semi')
    .action((text: string, tierText: string, flags: ProposeFlags & { stake?: string }) => {
      const [id, [tier, stake]] = [wholeNumber(text, 'a provider'), tierOf(tierText, flags.stake)]
      return act(flags, async ({ forms }) => [await forms.setTier(id, tier, stake)])
    })
  sub('rule', 'decide a dispute about a job; its sidecar carries it out, or stkr job resume')
    .argument('<job>', 'its number')
    .argument('<outcome>', 'delivered, failed')
    .argument('<ankr>', 'delivered: what the provider is paid; failed: what its collateral pays the requester')
    .action((text: string, outcome: string, ankr: string, flags: ProposeFlags) => {
      if (outcome !== 'delivered' && outcome !== 'failed')
        throw new Fault('usage', `a job was delivered or failed, not ${JSON.stringify(outcome)}`)
      const [job, amount] = [wholeNumber(text, 'a job'), parseDecimal(ankr, 18, 'the amount')]
      return act(flags, async ({ forms }) => [await forms.rule(job, outcome === 'delivered', amount)])
    })
  sub('rates', 'what a month of one GHz or GB costs; what is not named stays')
    .option('--cpu-usd <usd>', 'of a GHz')
    .option('--memory-usd <usd>', 'of a GB of memory')
    .option('--storage-usd <usd>', 'of a GB of storage')
    .action((flags: RateFlags) => {
      const changes = ratesOf(flags)
      return act(flags, async ({ forms }) => [await forms.setRates(changes)])
    })
  sub('system-key', 'the key of the governors’ group, the system’s half of all custody')
    .argument('<key>', 'group key, 33 bytes')
    .argument('<proof>', 'what the group signed under it: stkr custody set-key system')
    .action((keyText: string, proofText: string, flags: ProposeFlags) => {
      const key = hexOf(keyText, GROUP_KEY_BYTES, 'the key')
      const proof = hexOf(proofText, GROUP_SIGNATURE_BYTES, 'the proof')
      return act(flags, async ({ forms }) => [await forms.setSystemKey(key, proof)])
    })
  sub('policy', 'change fields of a contract’s policy; the others stay as they are')
    .argument('<contract>', 'Marketplace, Providers, Council, …')
    .argument('<changes...>', 'field=value')
    .action((contract: string, fields: string[], flags: ProposeFlags) => {
      const changes = changesOf(fields)
      return act(flags, async ({ forms }) => [await forms.setPolicy(contract, changes, readAmount)])
    })
  sub('call', 'any function of any contract of the network')
    .argument('<contract>', 'its name')
    .argument('<function>', 'its name')
    .argument('[args...]', 'in their order')
    .action((contract: string, name: string, args: string[], flags: ProposeFlags) => {
      const values = args.map(typed)
      return act(flags, async ({ desk }) => [desk.codec.write(contract, name, values, readAmount)])
    })
  sub('file', 'several calls at once, in their order')
    .argument('<file>', 'JSON')
    .action((file: string, flags: ProposeFlags) => act(flags, async (tools) => callsOfFile(file, tools)))
  proposals.addHelpText('after', EXAMPLE)
}
