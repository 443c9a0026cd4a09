// `stkr custody …`: delegated tokens, which two threshold groups move together and none alone. Owners delegate, accept new
// keys and take back; providers set their group's key; whoever has both signatures sends a move.

import type { Command } from 'commander'
import { openCustodyDesk } from '../chain/custody-desk.ts'
import type { CustodyDesk, Money } from '../chain/custody-desk.ts'
import { GAS_KNOBS } from '../config/gas.ts'
import { loadKnobs } from '../config/load.ts'
import { fromHex } from '../core/bytes.ts'
import { GROUP_KEY_BYTES, GROUP_SIGNATURE_BYTES, SYSTEM_GROUP, isGroupSigned } from '../core/custody.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { addPlaceFlags, onChain, placeOf } from './account.ts'
import { addressOf, amountOf, hexOf, wholeNumber } from './arguments.ts'
import { HOLDER_EXAMPLES, addHolderCommands } from './custody-keys.ts'
import { delegationText, keyText, moveLines } from './custody-text.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags, Plan } from './sending.ts'
import { amountText, parseSpan, spanText } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr custody show
  $ stkr custody delegate 3 12.5 eth --term 90d --key-file user.key
  $ stkr custody digest 7 0x… 4 --valid 12h
  $ stkr custody move 7 0x… 4 --deadline 1790000000 --by-provider 0x… --by-system 0x… --key-file any.key
  $ stkr custody accept 7 --key-file user.key
  $ stkr custody take-back 7 --key-file user.key

Keys, each made by its group's holders together:
  $ stkr custody set-key 3 0x02…
  $ stkr custody set-key 3 0x02… --proof 0x… --key-file provider.key
  $ stkr custody verify --key 0x02… --digest 0x… --signature 0x…

During its term a delegation moves when the provider's group and the system's signed one digest, and not otherwise; from its end on
its owner alone takes back what is left. After a change of a key nothing moves until the owner accepts it.`

const PLACE = ['rpcUrls', 'custody'] as const

interface At {
  readonly desk: CustodyDesk
  readonly sender: Hex
  /** The chain's, Unix seconds: contracts go by it. */
  readonly now: number
}

async function withCustody<T>(flags: PayFlags, use: (at: At) => Promise<T>): Promise<T> {
  const { custody } = loadKnobs(PLACE, placeOf(flags, PLACE))
  if (custody === undefined) throw new Fault('usage', 'which contract? give --custody, or set it in config.yaml')
  return onChain(flags, flags.keyFile, async (account) => {
    const [desk, head] = await Promise.all([openCustodyDesk(custody, account), account.provider.getBlock('latest')])
    return use({ desk, sender: account.outbox.sender, now: head?.timestamp ?? 0 })
  })
}

const delegationOf = (text: string): bigint => BigInt(wholeNumber(text, 'a delegation'))
const signatureOf = (text: string, flag: string): Hex => hexOf(text, GROUP_SIGNATURE_BYTES, flag)

function moneyOf(text: string): Money {
  const money = text.toUpperCase()
  if (money === 'ETH' || money === 'ANKR') return money
  throw new Fault('usage', `delegated is eth or ankr, not ${JSON.stringify(text)}`)
}

interface ShowFlags extends PayFlags {
  readonly account?: string
  readonly provider?: string
  readonly last: string
}

async function show(flags: ShowFlags, terminal: Terminal): Promise<number> {
  const last = wholeNumber(flags.last, '--last')
  const account = flags.account === undefined ? undefined : addressOf(flags.account, '--account')
  const provider = flags.provider === undefined ? undefined : wholeNumber(flags.provider, '--provider')
  return withCustody(flags, async ({ desk, now }) => {
    const all = await desk.list(last)
    const delegations = all.filter(
      (view) => (account ?? view.owner) === view.owner && (provider ?? view.provider) === view.provider,
    )
    const groups = new Set([SYSTEM_GROUP, ...(provider === undefined ? [] : [provider])])
    for (const view of delegations) groups.add(view.provider)
    const keys = await Promise.all([...groups].map((group) => desk.keyOf(group)))
    if (flags.json === true) terminal.out(toJson({ ok: true, keys, delegations }))
    else {
      keys.map(keyText).forEach(terminal.out)
      delegations.map((view) => delegationText(view, now)).forEach(terminal.out)
      if (delegations.length === 0) terminal.out(`nothing delegated among the newest ${last}`)
    }
    return EXIT.ok
  })
}

interface DigestFlags extends PayFlags {
  readonly deadline?: string
  readonly valid?: string
}

/** What both groups must sign for the next move of a delegation, and what that says. */
async function digest(id: bigint, to: Hex, amount: bigint, flags: DigestFlags, terminal: Terminal): Promise<number> {
  if (flags.deadline !== undefined && flags.valid !== undefined)
    throw new Fault('usage', 'either --deadline or --valid, not both')
  const fixed = flags.deadline === undefined ? undefined : deadlineOf(flags.deadline)
  const valid = parseSpan(flags.valid ?? '1d', '--valid')
  return withCustody(flags, async ({ desk, now }) => {
    const made = await desk.move({ delegation: id, to, amount, deadline: fixed ?? now + valid })
    if (flags.json === true) terminal.out(toJson({ ok: true, digest: made.digest, move: made.move }))
    else {
      moveLines(made.move, made.from, now).forEach(terminal.out)
      terminal.out(`digest     ${made.digest}`)
    }
    return EXIT.ok
  })
}

function deadlineOf(text: string): number {
  if (!/^[1-9]\d{9}$/.test(text))
    throw new Fault('usage', `--deadline is a time in Unix seconds, as digest shows it, not ${JSON.stringify(text)}`)
  return Number(text)
}

const groupOf = (text: string): number => (text === 'system' ? SYSTEM_GROUP : wholeNumber(text, 'a provider'))

interface KeyFlags extends PayFlags {
  readonly proof?: string
}

/** Without a proof: what the group has to sign for one. */
async function setKey(group: number, key: Hex, flags: KeyFlags, terminal: Terminal): Promise<number> {
  const proof = flags.proof === undefined ? undefined : signatureOf(flags.proof, '--proof')
  if (proof !== undefined && group === SYSTEM_GROUP)
    throw new Fault('usage', 'the system’s key is set by decision: stkr gov propose system-key')
  if (proof !== undefined && flags.keyFile === undefined)
    throw new Fault('usage', 'the provider’s owner sets its key: name its --key-file')
  return withCustody(flags, async ({ desk }) => {
    if (proof !== undefined)
      return settlePlan(desk, { steps: await desk.planKey(group, key, proof), facts: { group, key } }, flags, terminal)
    if (group !== SYSTEM_GROUP && (await desk.ownerOf(group)) === undefined)
      throw new Fault('usage', `there is no provider ${group}: stkr provider list`)
    const shown = await desk.possession(group)
    if (flags.json === true) terminal.out(toJson({ ok: true, group, key, ...shown }))
    else {
      terminal.out(`the new group signs this under ${key}, to show that it can; then again with --proof`)
      terminal.out(`digest     ${shown.digest}`)
    }
    return EXIT.ok
  })
}

interface VerifyFlags {
  readonly key: string
  readonly digest: string
  readonly signature: string
  readonly json?: boolean
}

/** Asks nobody: a co-signer may look anywhere whether what was put together is a signature. */
function verify(flags: VerifyFlags, terminal: Terminal): number {
  const key = hexOf(flags.key, GROUP_KEY_BYTES, '--key')
  const signed = hexOf(flags.digest, 32, '--digest')
  const signature = signatureOf(flags.signature, '--signature')
  if (!isGroupSigned(fromHex(key), fromHex(signed), fromHex(signature)))
    throw new Fault('check-group-signature', 'the group of this key did not sign this digest')
  terminal.out(flags.json === true ? toJson({ ok: true, key, digest: signed }) : `signed by the group of ${key}`)
  return EXIT.ok
}

interface DelegateFlags extends PayFlags {
  readonly term: string
}

async function planDelegation({ desk }: At, provider: number, amount: bigint, money: Money, term: number) {
  const steps = await desk.planDelegation({ provider, money, amount, term })
  const warning = (await desk.isQualified(provider))
    ? []
    : [`provider ${provider} is not qualified now: stkr provider show ${provider}`]
  const lines = [
    `delegates ${amountText(amount)} ${money} to provider ${provider} for ${spanText(term)}: before that you cannot take it back`,
    ...warning,
  ]
  return { steps, facts: { provider, amount, money, term }, lines, after: 'delegated: stkr custody show' }
}

interface MoveFlags extends PayFlags {
  readonly deadline: string
  readonly byProvider: string
  readonly bySystem: string
}

export const configure: Configure = (command: Command, terminal, done) => {
  const all = <F extends { readonly json?: boolean }>(flags: F): F => ({ ...flags, ...command.opts() })
  const sub = (name: string, help: string): Command => addPlaceFlags(command.command(name).description(help), PLACE)
  const paying = (name: string, help: string): Command => addSendFlags(sub(name, help))
  const perform = async (flags: PayFlags, plan: (at: At) => Promise<Plan>): Promise<void> => {
    const given = all(flags)
    done(await withCustody(given, async (at) => settlePlan(at.desk, await plan(at), given, terminal)))
  }

  sub('show', 'both groups’ keys and the newest delegations')
    .option('--account <address>', 'only what this one delegated')
    .option('--provider <number>', 'only what it was delegated, and its key')
    .option('--last <count>', 'how many delegations are looked at', '50')
    .action(async (flags: ShowFlags) => done(await show(all(flags), terminal)))
  paying('delegate', 'delegate ETH or ANKR to a provider for a term')
    .argument('<provider>', 'its number')
    .argument('<amount>', 'how much')
    .argument('<money>', 'eth or ankr')
    .requiredOption('--term <span>', '1d to 366d')
    .action((providerText: string, text: string, moneyText: string, flags: DelegateFlags) => {
      const [provider, amount] = [wholeNumber(providerText, 'a provider'), amountOf(text, 'the amount')]
      const [money, term] = [moneyOf(moneyText), parseSpan(flags.term, '--term')]
      return perform(flags, (at) => planDelegation(at, provider, amount, money, term))
    })
  paying('accept', 'let your delegation move under the keys of now')
    .argument('<delegation>', 'its number')
    .action((text: string, flags: PayFlags) => {
      const id = delegationOf(text)
      return perform(flags, async ({ desk }) => {
        const { provider } = await desk.view(id)
        const keys = await Promise.all([provider, SYSTEM_GROUP].map((group) => desk.keyOf(group)))
        return { steps: await desk.planAcceptance(id), facts: { delegation: id, keys }, lines: keys.map(keyText) }
      })
    })
  paying('take-back', 'take back what is left of your delegation once its term is over')
    .argument('<delegation>', 'its number')
    .option('--to <address>', 'who receives it (default: you)')
    .action((text: string, flags: PayFlags & { to?: string }) => {
      const id = delegationOf(text)
      const receiver = flags.to === undefined ? undefined : addressOf(flags.to, '--to')
      return perform(flags, async ({ desk, sender }) => {
        const to = receiver ?? sender
        const steps = await desk.planTakingBack(id, to)
        const { amount, money } = await desk.view(id)
        return { steps, facts: { delegation: id, amount, to }, lines: [`pays ${amountText(amount)} ${money} to ${to}`] }
      })
    })
  sub('digest', 'what both groups must sign for the next move of a delegation, in words')
    .argument('<delegation>', 'its number')
    .argument('<to>', 'who receives')
    .argument('<amount>', 'ETH or ANKR, as it was delegated')
    .option('--valid <span>', 'how long from now it may be sent (default: 1d)')
    .option('--deadline <seconds>', 'until when, in Unix seconds: to make the same digest again')
    .action(async (idText: string, toText: string, text: string, flags: DigestFlags) => {
      const [id, to, amount] = [delegationOf(idText), addressOf(toText, 'who receives'), amountOf(text, 'the amount')]
      done(await digest(id, to, amount, all(flags), terminal))
    })
  paying('move', 'send a move that both groups signed; anybody may')
    .argument('<delegation>', 'its number')
    .argument('<to>', 'who receives')
    .argument('<amount>', 'ETH or ANKR, as it was delegated')
    .requiredOption('--deadline <seconds>', 'as digest showed it')
    .requiredOption('--by-provider <hex>', 'signature of the provider’s group, 65 bytes')
    .requiredOption('--by-system <hex>', 'signature of the system’s group, 65 bytes')
    .action((idText: string, toText: string, text: string, flags: MoveFlags) => {
      const [delegation, to] = [delegationOf(idText), addressOf(toText, 'who receives')]
      const wanted = { delegation, to, amount: amountOf(text, 'the amount'), deadline: deadlineOf(flags.deadline) }
      const byProvider = signatureOf(flags.byProvider, '--by-provider')
      const bySystem = signatureOf(flags.bySystem, '--by-system')
      return perform(flags, async ({ desk, now }) => {
        const steps = await desk.planMove(wanted, { byProvider, bySystem })
        const { move, digest: signed, from } = await desk.move(wanted)
        return { steps, facts: { digest: signed, move }, lines: moveLines(move, from, now) }
      })
    })
  const keys = sub('set-key', 'give a group a new key; without a proof: what the group must sign for one')
    .argument('<group>', 'number of the provider, or system')
    .argument('<key>', 'group key, 33 bytes')
    .option('--proof <hex>', 'the group’s signature under the new key, 65 bytes')
    .option('--key-file <file>', 'key of the provider’s owner: one line, 0x and 64 hex digits, mode 0600')
    .option('--yes', 'send without asking')
    .action(async (groupText: string, hexText: string, flags: KeyFlags) => {
      const [group, key] = [groupOf(groupText), hexOf(hexText, GROUP_KEY_BYTES, 'the key')]
      done(await setKey(group, key, all(flags), terminal))
    })
  addKnobs(keys, GAS_KNOBS)
  command
    .command('verify')
    .description('whether a group signed a digest; asks no chain')
    .requiredOption('--key <hex>', 'group key, 33 bytes')
    .requiredOption('--digest <hex>', 'what was signed, 32 bytes')
    .requiredOption('--signature <hex>', '65 bytes')
    .action((flags: VerifyFlags) => {
      done(verify(all(flags), terminal))
    })
  addHolderCommands(command, terminal, done)
  command.addHelpText('after', `${EXAMPLE}\n${HOLDER_EXAMPLES}`)
}
