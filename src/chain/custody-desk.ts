// Delegated tokens as owners, providers and co-signers see them: which delegations there are, under which keys they move, the
// digest that both groups must sign for a move, and the transactions, planned first. It signs for no group and holds no
// share; what it is given it checks before it is sent, and says whose signature is wrong.

import { fromHex, toHex } from '../core/bytes.ts'
import { SYSTEM_GROUP, isGroupSigned, moveDigest, possessionDigest } from '../core/custody.ts'
import type { Move } from '../core/custody.ts'
import { Fault, reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { CustodyAbi } from './abi/Custody.ts'
import { ProvidersAbi } from './abi/Providers.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { bindContract } from './contracts.ts'
import { createPaymentPlan } from './paying.ts'
import { createPlanner } from './steps.ts'
import type { Planner, PlannerDeps, Step } from './steps.ts'

export type Money = 'ETH' | 'ANKR'

/** A provider's group, or the system's as number 0. */
export interface GroupKeyView {
  readonly group: number
  /** 33 bytes; `0x` before the first. */
  readonly key: Hex
  /** How many keys there were; 0 before the first. */
  readonly epoch: number
  /** Unix seconds. */
  readonly setAt: number
}

export interface DelegationView {
  readonly id: bigint
  readonly owner: Hex
  readonly provider: number
  /** Zero for ETH. */
  readonly token: Hex
  readonly money: Money
  /** What is left, wei or base units. */
  readonly amount: bigint
  /** Unix seconds. */
  readonly endsAt: number
  readonly providerEpoch: number
  readonly systemEpoch: number
  /** Moves so far. */
  readonly nonce: number
  /** Both keys are those its owner accepted: it can move. */
  readonly keysAccepted: boolean
}

export interface NewDelegation {
  readonly provider: number
  readonly money: Money
  readonly amount: bigint
  /** Seconds. */
  readonly term: number
}

export interface WantedMove {
  readonly delegation: bigint
  readonly to: Hex
  readonly amount: bigint
  /** Unix seconds. */
  readonly deadline: number
}

/** 65 bytes each. */
export interface Signatures {
  readonly byProvider: Hex
  readonly bySystem: Hex
}

export interface CustodyDesk extends Planner {
  readonly address: Hex
  keyOf(group: number): Promise<GroupKeyView>
  /** Fault `revert-unknown-delegation`. */
  view(id: bigint): Promise<DelegationView>
  /** The newest `last`, oldest first. */
  list(last: number): Promise<readonly DelegationView[]>
  isQualified(provider: number): Promise<boolean>
  /** Who may set a provider's key; undefined for a number that nobody has. */
  ownerOf(provider: number): Promise<Hex | undefined>
  /** What a group signs under its next key. */
  possession(group: number): Promise<{ readonly digest: Hex; readonly epoch: number }>
  /** The next move of a delegation, filled in from what is on chain. Fault `custody-keys-changed`. */
  move(wanted: WantedMove): Promise<{ readonly move: Move; readonly digest: Hex; readonly from: DelegationView }>
  /** Approval (if needed) and delegation. Faults: `custody-key-missing`, `token-short`. */
  planDelegation(wanted: NewDelegation): Promise<readonly Step[]>
  planAcceptance(id: bigint): Promise<readonly Step[]>
  planTakingBack(id: bigint, to: Hex): Promise<readonly Step[]>
  /** Fault `check-group-signature`: the proof is not the new key's. */
  planKey(provider: number, key: Hex, proof: Hex): Promise<readonly Step[]>
  /** Fault `check-group-signature` names whose signature is wrong. */
  planMove(wanted: WantedMove, signatures: Signatures): Promise<readonly Step[]>
}

const QUALIFIED = 2
const ETH_TOKEN: Hex = `0x${'00'.repeat(20)}`

export const groupName = (group: number): string => (group === SYSTEM_GROUP ? 'the system' : `provider ${group}`)

const wrongSignature = (whose: readonly string[], digest: Hex): Fault =>
  new Fault(
    'check-group-signature',
    `not signed by ${whose.join(' nor by ')}: nothing was sent; the digest is ${digest}, compare it with what was signed`,
    { data: { digest } },
  )

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function openCustodyDesk(address: Hex, deps: PlannerDeps): Promise<CustodyDesk> {
  const { provider, outbox } = deps
  const planner = createPlanner(deps)
  const custody = bindContract(CustodyAbi, address, provider)
  const [separator, providersAt, tokenAt] = await Promise.all([
    custody.read('domainSeparator', []),
    custody.read('providers', []),
    custody.read('token', []),
  ])
  const providers = bindContract(ProvidersAbi, providersAt, provider)
  const planPayment = createPaymentPlan(planner, bindContract(TestAnkrAbi, tokenAt, provider), outbox.sender)

  const keyOf = async (group: number): Promise<GroupKeyView> => ({ group, ...(await custody.read('keyOf', [group])) })

  async function view(id: bigint, key = keyOf): Promise<DelegationView> {
    const found = await custody.read('delegationOf', [id])
    const [own, system] = await Promise.all([key(found.provider), key(SYSTEM_GROUP)])
    return {
      id,
      ...found,
      money: found.token === ETH_TOKEN ? 'ETH' : 'ANKR',
      keysAccepted: found.providerEpoch === own.epoch && found.systemEpoch === system.epoch,
    }
  }

  async function list(last: number): Promise<readonly DelegationView[]> {
    const total = Number(await custody.read('total', []))
    const first = Math.max(1, total - last + 1)
    const known = new Map<number, Promise<GroupKeyView>>()
    const once = (group: number): Promise<GroupKeyView> => {
      const asked = known.get(group) ?? keyOf(group)
      known.set(group, asked)
      return asked
    }
    return Promise.all(Array.from({ length: total - first + 1 }, (_, i) => view(BigInt(first + i), once)))
  }

  async function ownerOf(id: number): Promise<Hex | undefined> {
    const known = id >= 1 && id <= (await providers.read('total', []))
    return known ? providers.read('ownerOf', [id]) : undefined
  }

  /** A group's key; nothing is delegated to one without. */
  async function requireKey(group: number): Promise<GroupKeyView> {
    const found = await keyOf(group)
    if (found.epoch > 0) return found
    throw reject('custody-key-missing', `the group of ${groupName(group)} has no key yet: stkr custody set-key`, {
      group,
    })
  }

  async function possession(group: number) {
    const epoch = (await keyOf(group)).epoch + 1
    return { digest: toHex(possessionDigest(separator, group, epoch)), epoch }
  }

  async function move({ delegation, to, amount, deadline }: WantedMove) {
    const from = await view(delegation)
    if (!from.keysAccepted)
      throw reject(
        'custody-keys-changed',
        `a key was changed since the owner of delegation ${delegation} accepted both: nothing moves until it does (stkr custody accept)`,
        { delegation, owner: from.owner },
      )
    const { provider: by, token, nonce, providerEpoch, systemEpoch } = from
    const made: Move = { delegation, provider: by, token, to, amount, nonce, providerEpoch, systemEpoch, deadline }
    return { move: made, digest: toHex(moveDigest(separator, made)), from }
  }

  async function planDelegation({ provider: to, money, amount, term }: NewDelegation): Promise<readonly Step[]> {
    const [own, system] = await Promise.all([requireKey(to), requireKey(SYSTEM_GROUP)])
    const terms = [to, term, own.epoch, system.epoch] as const
    if (money === 'ETH')
      return [await planner.plan('delegate', { ...custody.call('delegateEth', terms), value: amount })]
    return planPayment({ name: 'delegate', call: custody.call('delegateAnkr', [...terms, amount]), amount })
  }

  async function planMove(wanted: WantedMove, { byProvider, bySystem }: Signatures): Promise<readonly Step[]> {
    const { move: made, digest } = await move(wanted)
    const wrong: string[] = []
    for (const [group, signature] of [
      [made.provider, byProvider],
      [SYSTEM_GROUP, bySystem],
    ] as const) {
      const { key } = await keyOf(group)
      if (!isGroupSigned(fromHex(key), fromHex(digest), fromHex(signature)))
        wrong.push(`the group of ${groupName(group)}`)
    }
    if (wrong.length > 0) throw wrongSignature(wrong, digest)
    return [await planner.plan('move', custody.call('move', [made, byProvider, bySystem]))]
  }

  async function planKey(id: number, key: Hex, proof: Hex): Promise<readonly Step[]> {
    const { digest } = await possession(id)
    if (!isGroupSigned(fromHex(key), fromHex(digest), fromHex(proof))) throw wrongSignature(['the new key'], digest)
    return [await planner.plan('set key', custody.call('setProviderKey', [id, key, proof]))]
  }

  return {
    ...planner,
    address,
    keyOf,
    view: (id) => view(id),
    list,
    isQualified: async (id) => (await providers.read('provider', [id])).status === QUALIFIED,
    ownerOf,
    possession,
    move,
    planDelegation,
    planAcceptance: async (id) => {
      const { provider: by } = await view(id)
      const [own, system] = await Promise.all([keyOf(by), keyOf(SYSTEM_GROUP)])
      return [await planner.plan('accept', custody.call('accept', [id, own.epoch, system.epoch]))]
    },
    planTakingBack: async (id, to) => [await planner.plan('take back', custody.call('takeBack', [id, to]))],
    planKey,
    planMove,
  }
}
