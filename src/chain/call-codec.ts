// Calls in words and back: which function of which contract of the network, with its arguments by name. What it makes out
// of words is checked against the ABI; what it cannot read of a call it shows as it is, for a vote must see everything.

import type { Abi, AbiFunction } from 'abitype'
import { Interface } from 'ethers'
import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { AEthAbi } from './abi/AEth.ts'
import { CouncilAbi } from './abi/Council.ts'
import { CustodyAbi } from './abi/Custody.ts'
import { DisciplineAbi } from './abi/Discipline.ts'
import { DividendsAbi } from './abi/Dividends.ts'
import { GovernmentAbi } from './abi/Government.ts'
import { InsurancePoolAbi } from './abi/InsurancePool.ts'
import { MarketplaceAbi } from './abi/Marketplace.ts'
import { MicroPoolsAbi } from './abi/MicroPools.ts'
import { NodesAbi } from './abi/Nodes.ts'
import { ProjectsAbi } from './abi/Projects.ts'
import { ProvidersAbi } from './abi/Providers.ts'
import { QuotesAbi } from './abi/Quotes.ts'
import { RequestersAbi } from './abi/Requesters.ts'
import { RewardPoolAbi } from './abi/RewardPool.ts'
import { SidecarsAbi } from './abi/Sidecars.ts'
import { StakingAbi } from './abi/Staking.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { TiersAbi } from './abi/Tiers.ts'
import { TimelockAbi } from './abi/Timelock.ts'
import { argumentsOf } from './call-arguments.ts'
import type { ReadAmount } from './call-arguments.ts'
import { byName } from './contracts.ts'
import type { Call } from './contracts.ts'
import type { Economy } from './economy.ts'

/** What a call says, as far as it can be read. */
export interface ReadCall extends Call {
  /** Wei that the timelock sends along. */
  readonly value: bigint
  /** Undefined: no contract of the network. */
  readonly contract: string | undefined
  /** Undefined: not a function of it. */
  readonly function: string | undefined
  /** By name, in order. */
  readonly args: Readonly<Record<string, unknown>>
}

export interface CallCodec {
  /** Names of the contracts, in the order of their kind. */
  readonly contracts: readonly string[]
  /** Never fails: what cannot be read is left as it is. */
  read(call: Call & { readonly value?: bigint }): ReadCall
  /** Faults: `call-unknown` (contract or function), `call-argument`. */
  write(contract: string, name: string, values: readonly unknown[], readAmount?: ReadAmount): Call
}

const ABIS = {
  government: GovernmentAbi,
  council: CouncilAbi,
  timelock: TimelockAbi,
  quotes: QuotesAbi,
  marketplace: MarketplaceAbi,
  projects: ProjectsAbi,
  providers: ProvidersAbi,
  discipline: DisciplineAbi,
  dividends: DividendsAbi,
  tiers: TiersAbi,
  custody: CustodyAbi,
  microPools: MicroPoolsAbi,
  aEth: AEthAbi,
  nodes: NodesAbi,
  rewardPool: RewardPoolAbi,
  insurancePool: InsurancePoolAbi,
  requesters: RequestersAbi,
  staking: StakingAbi,
  sidecars: SidecarsAbi,
  token: TestAnkrAbi,
} as const satisfies Readonly<Partial<Record<keyof Economy, Abi>>>

type Name = keyof typeof ABIS
/** What is not there is not known. */
export type Addresses = Readonly<Record<Name, { readonly address: Hex } | undefined>>

/** `rewardPool` as its contract is called. */
const title = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)

interface Known {
  readonly name: string
  readonly address: Hex
  readonly abi: Abi
  readonly coder: Interface
}

const functionsOf = (abi: Abi): readonly AbiFunction[] =>
  abi.filter((item): item is AbiFunction => item.type === 'function' && /payable/.test(item.stateMutability))

/** Arguments with what the contract does not name numbered. */
const named = (found: AbiFunction) => found.inputs.map((input, i) => ({ ...input, name: input.name || String(i + 1) }))

function readWith({ name, abi, coder }: Known, call: Omit<ReadCall, 'contract' | 'function' | 'args'>): ReadCall {
  const unread = { ...call, contract: name, function: undefined, args: {} }
  try {
    const found = coder.parseTransaction({ data: call.data })
    const declared = functionsOf(abi).find((item) => item.name === found?.name)
    if (!found || !declared) return unread
    // What is left over behind the arguments would be shown to nobody.
    if (coder.encodeFunctionData(found.fragment, found.args).toLowerCase() !== call.data.toLowerCase()) return unread
    return { ...unread, function: found.name, args: byName(found.args, named(declared)) as ReadCall['args'] }
  } catch {
    // A selector of its own with arguments that are none: shown as it is.
    return unread
  }
}

export function createCallCodec(addresses: Addresses): CallCodec {
  const all = Object.entries(ABIS).flatMap(([name, abi]): readonly Known[] => {
    const place = addresses[name as Name]
    return place ? [{ name: title(name), address: place.address, abi, coder: new Interface(JSON.stringify(abi)) }] : []
  })

  function contractOf(wanted: string): Known {
    const found = all.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
    if (found) return found
    throw reject(
      'call-unknown',
      `there is no contract ${JSON.stringify(wanted)}: ${all.map(({ name }) => name).join(', ')}`,
    )
  }

  return {
    contracts: all.map(({ name }) => name),
    read: ({ to, data, value = 0n }) => {
      const known = all.find(({ address }) => address === to.toLowerCase())
      const call = { to, data, value }
      return known ? readWith(known, call) : { ...call, contract: undefined, function: undefined, args: {} }
    },
    write: (contract, name, values, readAmount = () => undefined) => {
      const known = contractOf(contract)
      const { address, abi, coder } = known
      const found = functionsOf(abi).find((item) => item.name === name)
      if (!found) {
        const names = functionsOf(abi).map((item) => item.name)
        throw reject('call-unknown', `${known.name} has no function ${JSON.stringify(name)}: ${names.join(', ')}`)
      }
      const data = coder.encodeFunctionData(name, argumentsOf(values, found.inputs, readAmount)) as Hex
      return { to: address, data }
    },
  }
}
