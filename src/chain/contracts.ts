// Contracts as typed handles: names, arguments and results come from the generated ABIs (abitype), encoding and decoding
// from ethers. Integers of up to 48 bits are numbers and wider ones bigints, structs are plain objects, addresses are
// lower-case. A revert becomes a Fault whose code names the contract's own error. It does not send transactions: it
// makes calls for the outbox.

import type {
  Abi,
  AbiParameter,
  AbiParametersToPrimitiveTypes,
  AbiStateMutability,
  ExtractAbiEvent,
  ExtractAbiEventNames,
  ExtractAbiFunction,
  ExtractAbiFunctionNames,
} from 'abitype'
import { Interface, Result } from 'ethers'
import type { Log as ChainLog } from 'ethers'
import { invariant } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { noContract, revertFault } from './reverts.ts'
import type { Provider } from './rpc.ts'

type Reads = 'pure' | 'view'
type Writes = Exclude<AbiStateMutability, Reads>
type Inputs<A extends Abi, N extends string> = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<A, N>['inputs'],
  'inputs'
>
type Outputs<A extends Abi, N extends string> = AbiParametersToPrimitiveTypes<
  ExtractAbiFunction<A, N>['outputs'],
  'outputs'
>
/** One result stands for itself, several are a tuple, as in Solidity. */
type Returned<T extends readonly unknown[]> = T extends readonly [infer Only] ? Only : T

/** What a transaction does; who sends it, when and for how much is the outbox's business. */
export interface Call {
  readonly to: Hex
  readonly data: Hex
}

export type BlockTag = number | 'latest'

export interface Contract<A extends Abi> {
  readonly address: Hex
  /** State as of `at` (default latest). Faults: `revert-…`, `rpc-unreachable`. */
  read<N extends ExtractAbiFunctionNames<A, Reads>>(
    name: N,
    args: Inputs<A, N>,
    at?: BlockTag,
  ): Promise<Returned<Outputs<A, N>>>
  call<N extends ExtractAbiFunctionNames<A, Writes>>(name: N, args: Inputs<A, N>): Call
  /** Arguments of a transaction that calls `name`; undefined when its data are something else. */
  args<N extends ExtractAbiFunctionNames<A, Writes>>(name: N, data: string): Inputs<A, N> | undefined
  /** First topic of an event. */
  topic(name: ExtractAbiEventNames<A>): Hex
  /** Arguments of a log of event `name`, by name. */
  event<N extends ExtractAbiEventNames<A>>(name: N, log: Pick<ChainLog, 'topics' | 'data'>): EventArgs<A, N>
}

export type EventArgs<A extends Abi, N extends string> = {
  readonly [P in ExtractAbiEvent<A, N>['inputs'][number] as P['name'] & string]: AbiParametersToPrimitiveTypes<
    readonly [P],
    'outputs'
  >[0]
}

const NARROW = /^u?int(8|16|24|32|40|48)$/

/** ethers' value of one ABI parameter → plain data of the type that abitype derives for it. */
function plain(value: unknown, parameter: AbiParameter): unknown {
  const { type } = parameter
  const array = /^(.*)\[\d*\]$/.exec(type)
  if (array) {
    invariant(value instanceof Result, `${type} decodes to a list`)
    return value.toArray().map((item: unknown) => plain(item, { ...parameter, type: array[1] ?? '' }))
  }
  if ('components' in parameter) {
    invariant(value instanceof Result, `${type} decodes to a struct`)
    return byName(value, parameter.components)
  }
  if (type === 'address') return String(value).toLowerCase()
  return NARROW.test(type) ? Number(value) : value
}

/** ethers' values as plain data, by their names. */
export const byName = (values: Result, parameters: readonly AbiParameter[]): object =>
  Object.fromEntries(parameters.map((parameter, i) => [parameter.name ?? String(i), plain(values[i], parameter)]))

export function bindContract<const A extends Abi>(abi: A, address: Hex, provider: Provider): Contract<A> {
  const coder = new Interface(JSON.stringify(abi))

  const inputsOf = (kind: 'function' | 'event', name: string): readonly AbiParameter[] => {
    const found = abi.find((item) => item.type === kind && item.name === name)
    invariant(found && 'inputs' in found, `the ABI has ${kind} ${name}`)
    return found.inputs
  }

  const encode = (name: string, args: readonly unknown[]): Hex => coder.encodeFunctionData(name, args) as Hex

  async function read(name: string, args: readonly unknown[], at: BlockTag = 'latest'): Promise<unknown> {
    const found = abi.find((item) => item.type === 'function' && item.name === name)
    invariant(found?.type === 'function', `the ABI has function ${name}`)
    let data: string
    try {
      data = await provider.call({ to: address, data: encode(name, args), blockTag: at })
    } catch (cause) {
      throw revertFault(cause, name)
    }
    const values = decodeResult(coder, name, data, address)
    const results = found.outputs.map((output, i) => plain(values[i], output))
    return results.length === 1 ? results[0] : results
  }

  function event(name: string, log: Pick<ChainLog, 'topics' | 'data'>): object {
    const values = coder.decodeEventLog(name, log.data, log.topics)
    return byName(values, inputsOf('event', name))
  }

  function args(name: string, data: string): readonly unknown[] | undefined {
    const inputs = inputsOf('function', name)
    try {
      const values = coder.decodeFunctionData(name, data)
      return inputs.map((input, i) => plain(values[i], input))
    } catch {
      // Another function's, cut short, or of a contract that called ours: whoever asks makes do without.
      return undefined
    }
  }

  return {
    address,
    // The ABI decides names and types of both; the generic signature above is its translation.
    read: read as Contract<A>['read'],
    call: (name, args) => ({ to: address, data: encode(name, args) }),
    args: args as Contract<A>['args'],
    topic: (name) => {
      const fragment = coder.getEvent(name)
      invariant(fragment, `the ABI has event ${name}`)
      return fragment.topicHash as Hex
    },
    event: event as Contract<A>['event'],
  }
}

function decodeResult(coder: Interface, name: string, data: string, address: Hex): Result {
  try {
    return coder.decodeFunctionResult(name, data)
  } catch (cause) {
    throw noContract(address, name, cause)
  }
}
