// Threshold custody on a local network, used as on any other. Once it audits, the governors' group and provider 1's make
// their keys; the government decides on the system's, the provider's owner sets its own; a user delegates ETH and ANKR to
// the provider, and both groups sign one move of it together. When the term is over the user takes back the rest. Promises
// what the contract says, nothing computed here, and that `stop` leaves no host open.

import { CustodyAbi } from '../chain/abi/Custody.ts'
import { createCallCodec } from '../chain/call-codec.ts'
import { bindContract } from '../chain/contracts.ts'
import { groupName, openCustodyDesk } from '../chain/custody-desk.ts'
import type { CustodyDesk, Money } from '../chain/custody-desk.ts'
import { createDecisionForms } from '../chain/decision-forms.ts'
import { findEconomy } from '../chain/economy.ts'
import type { Outbox } from '../chain/outbox.ts'
import { fromHex, toHex, word } from '../core/bytes.ts'
import { SYSTEM_GROUP } from '../core/custody.ts'
import { Fault, codeOf, invariant } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { createHolderGroups } from './holders.ts'
import type { GroupPlan, HolderGroup } from './holders.ts'
import { amountText, keyLine, moveLine } from './custody-view.ts'
import { short } from './job-view.ts'
import { mint } from './money.ts'
import type { Settlement } from './settlement.ts'
import { TOKEN } from './terms.ts'

/** A group whose key the contract has. */
export interface GroupReport {
  /** Number of the provider; zero for the system. */
  readonly group: number
  /** How many of the holders sign together. */
  readonly threshold: number
  readonly holders: number
  readonly key: Hex
}

/** What became of a delegation, wei or base units. */
export interface DelegationReport {
  readonly delegation: bigint
  readonly provider: number
  readonly money: Money
  readonly delegated: bigint
  /** By both groups. */
  readonly moved: bigint
  /** By its owner, when the term was over. */
  readonly takenBack: bigint
}

/** What both groups signed together; who signed, by number in the group. */
export interface MoveReport {
  readonly delegation: bigint
  readonly money: Money
  readonly amount: bigint
  readonly to: Hex
  readonly tx: Hex
  readonly byProvider: readonly number[]
  readonly bySystem: readonly number[]
}

export interface CustodyReport {
  readonly user: Hex
  readonly groups: readonly GroupReport[]
  readonly delegations: readonly DelegationReport[]
  readonly move: MoveReport
}

export interface LocalCustody {
  /** Begins once: keys, delegations, the move. Returns at once. */
  start(): void
  /** Resolves when the move is on chain. Fault `devnet-custody` (data: step, because). */
  begun(): Promise<unknown>
  /** Needs the term to be over. Fault as above. */
  end(): Promise<CustodyReport>
  /** Closes what is open, whatever it was doing. */
  stop(): Promise<void>
}

export interface LocalCustodyOptions {
  readonly nodes: number
  readonly folder: string
  /** A ceremony or a signature that takes longer has failed. */
  readonly limitMs: number
}

export interface LocalCustodyDeps {
  readonly settlement: Settlement
  readonly signal: AbortSignal
  readonly note: (text: string) => void
}

/** Anvil's eighth development account: known to everybody, for local chains alone. */
export const USER_KEY: Hex = '0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356'
export const PROVIDER = 1
export const DELEGATED: Readonly<Record<Money, bigint>> = { ETH: 10n * TOKEN, ANKR: 500n * TOKEN }
/** Of the ETH. */
export const MOVED = 4n * TOKEN
/** Who receives it: an address nobody holds, easy to find again. */
export const RECEIVER: Hex = '0x00000000000000000000000000000000000c5707'
/** The shortest the contract takes. */
const TERM_SECONDS = 24 * 3_600
const MOVE_VALID_SECONDS = 3_600

/** A holder for each governor, of whom the majority signs; for the provider as many as there are sidecars, up to three. */
export const groupPlans = (nodes: number, governors: number): readonly [system: GroupPlan, provider: GroupPlan] => [
  { name: 'governors', threshold: Math.floor(governors / 2) + 1, holders: governors },
  { name: `provider-${PROVIDER}`, threshold: 2, holders: Math.min(nodes, 3) },
]

/** Everything before the term is over. */
interface Begun {
  readonly user: Outbox
  readonly groups: readonly GroupReport[]
  readonly delegations: Readonly<Record<Money, bigint>>
  readonly move: MoveReport
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A failure says in which step; its own code is `because`. */
async function inStep<T>(step: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Fault('devnet-custody', `custody, ${step}: ${wordsOf(cause)}`, {
      data: { step, because: codeOf(cause) },
      cause,
    })
  }
}

interface Parties {
  readonly user: Outbox
  readonly system: HolderGroup
  readonly own: HolderGroup
}

export function createCustody(
  options: LocalCustodyOptions,
  { settlement, signal, note }: LocalCustodyDeps,
): LocalCustody {
  const { contracts, government, provider, owners } = settlement
  const custody = bindContract(CustodyAbi, contracts.custody, provider)
  const plans = groupPlans(options.nodes, government.governors.length)
  let opening: Promise<readonly HolderGroup[]> | undefined
  let beginning: Promise<Begun> | undefined
  let isStopped = false

  const openDesk = (outbox: Outbox): Promise<CustodyDesk> => openCustodyDesk(contracts.custody, { provider, outbox })

  /** As `stkr gov propose system-key` and everybody after it. */
  async function decideSystemKey(key: Hex, proof: Hex): Promise<void> {
    const economy = await findEconomy(provider, contracts.government, contracts.custody)
    const forms = createDecisionForms(economy, createCallCodec(economy), provider)
    await government.decide('The key of this local network’s governors', [await forms.setSystemKey(key, proof)])
  }

  async function setProviderKey(key: Hex, proof: Hex): Promise<void> {
    const owner = owners[PROVIDER - 1]
    invariant(owner, 'a provider has an owner')
    const desk = await openDesk(owner)
    await desk.send(await desk.planKey(PROVIDER, key, proof))
  }

  /** Makes a group's key and puts it into the contract. */
  async function equip(
    group: number,
    { threshold, holders }: GroupPlan,
    { makeKey, sign }: HolderGroup,
    install: (key: Hex, proof: Hex) => Promise<void>,
  ): Promise<GroupReport> {
    const key = toHex((await inStep('ceremony', makeKey())).groupKey)
    note(`the holders of ${groupName(group)} made its key: ${short(key)}`)
    const epoch = (await custody.read('keyOf', [group])).epoch + 1
    const digest = await custody.read('possessionDigest', [group, epoch])
    const { signature } = await inStep('proof', sign(digest, `possession of ${key}`))
    await inStep('key', install(key, toHex(signature)))
    const report = { group, threshold, holders, key: (await custody.read('keyOf', [group])).key }
    note(keyLine(report))
    return report
  }

  async function delegate({ user }: Parties): Promise<Begun['delegations']> {
    await mint(contracts.token, [[user.sender, DELEGATED.ANKR]], settlement)
    const desk = await openDesk(user)
    const one = async (money: Money): Promise<bigint> => {
      const wanted = { provider: PROVIDER, money, amount: DELEGATED[money], term: TERM_SECONDS }
      const { tx = '0x' } = (await desk.send(await desk.planDelegation(wanted))).at(-1) ?? {}
      const receipt = await provider.getTransactionReceipt(tx)
      const log = receipt?.logs.find(({ topics }) => topics[0] === custody.topic('Delegated'))
      invariant(log, 'a delegation says its number')
      return custody.event('Delegated', log).id
    }
    return { ETH: await one('ETH'), ANKR: await one('ANKR') }
  }

  /** Both groups sign one digest, and somebody sends it. */
  async function move({ user, system, own }: Parties, delegation: bigint): Promise<MoveReport> {
    const desk = await openDesk(user)
    const now = (await provider.getBlock('latest'))?.timestamp ?? 0
    const wanted = { delegation, to: RECEIVER, amount: MOVED, deadline: now + MOVE_VALID_SECONDS }
    const { digest } = await desk.move(wanted)
    const words = `delegation ${delegation}: ${amountText(MOVED, 'ETH')} to ${RECEIVER}`
    const [byProvider, bySystem] = await Promise.all([own, system].map((group) => group.sign(digest, words)))
    invariant(byProvider && bySystem, 'both groups signed')
    const signatures = { byProvider: toHex(byProvider.signature), bySystem: toHex(bySystem.signature) }
    const { tx = '0x' } = (await desk.send(await desk.planMove(wanted, signatures))).at(-1) ?? {}
    const moved = { delegation, money: 'ETH', amount: MOVED, to: RECEIVER, tx } as const
    return { ...moved, byProvider: byProvider.signers, bySystem: bySystem.signers }
  }

  async function begin(): Promise<Begun> {
    opening = createHolderGroups(plans, { folder: options.folder, signal, limitMs: options.limitMs })
    try {
      const [system, own] = await inStep('ceremony', opening)
      invariant(system && own, 'there are two groups')
      const parties = { user: await settlement.open(fromHex(USER_KEY, 32)), system, own }
      const groups = await Promise.all([
        equip(SYSTEM_GROUP, plans[0], system, decideSystemKey),
        equip(PROVIDER, plans[1], own, setProviderKey),
      ])
      const delegations = await inStep('delegation', delegate(parties))
      const [eth, ankr] = [amountText(DELEGATED.ETH, 'ETH'), amountText(DELEGATED.ANKR, 'ANKR')]
      note(`delegated to provider ${PROVIDER}: ${eth} and ${ankr}`)
      const moved = await inStep('move', move(parties, delegations.ETH))
      note(moveLine(moved))
      return { user: parties.user, groups, delegations, move: moved }
    } finally {
      await close()
    }
  }

  async function close(): Promise<void> {
    const opened = (await opening?.catch(() => undefined)) ?? []
    await Promise.all(opened.map((group) => group.close()))
  }

  /** From the contract's own events. */
  async function historyOf(money: Money, delegation: bigint): Promise<DelegationReport> {
    const sumOf = async (name: 'Delegated' | 'Moved' | 'TakenBack'): Promise<bigint> => {
      const topics = [custody.topic(name), toHex(word(delegation))]
      const logs = await provider.getLogs({ address: custody.address, topics, fromBlock: 0, toBlock: 'latest' })
      return logs.reduce((sum, log) => sum + custody.event(name, log).amount, 0n)
    }
    const [delegated, moved, takenBack] = await Promise.all([sumOf('Delegated'), sumOf('Moved'), sumOf('TakenBack')])
    return { delegation, provider: PROVIDER, money, delegated, moved, takenBack }
  }

  async function takeBack({ user, delegations }: Begun): Promise<void> {
    const desk = await openDesk(user)
    for (const id of Object.values(delegations)) await desk.send(await desk.planTakingBack(id, user.sender))
  }

  const begun = (): Promise<Begun> => (beginning ??= begin())

  return {
    start: () =>
      void begun().catch((error: unknown) => {
        if (!isStopped && !signal.aborted) note(`${wordsOf(error)} [${codeOf(error)}]`)
      }),
    begun,
    end: async () => {
      const found = await begun()
      await inStep('taking back', takeBack(found))
      const { user, groups, delegations, move: made } = found
      const histories = (['ETH', 'ANKR'] as const).map((money) => historyOf(money, delegations[money]))
      return { user: user.sender, groups, delegations: await Promise.all(histories), move: made }
    },
    stop: () => {
      isStopped = true
      return close()
    },
  }
}
