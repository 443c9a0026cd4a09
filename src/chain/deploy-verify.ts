// Whether what stands on chain is what a plan says: the code that runs (immutables aside), what was given to constructors
// as the contracts themselves tell it, what is installed, and that the timelock, which the government alone moves, is the
// authority over everything. It looks; it changes nothing. What governors may change by vote is not compared.

import { Interface, ZeroAddress, id, keccak256 } from 'ethers'
import type { FunctionFragment } from 'ethers'
import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { ARTIFACTS } from './deploy-artifacts.ts'
import type { PartName, Runtime } from './deploy-artifacts.ts'
import type { Plan } from './deploy-plan.ts'
import type { Provider } from './rpc.ts'

export interface Finding {
  /** The contract's name in Solidity. */
  readonly contract: string
  readonly address: Hex
  /** `code`, or the view that was read. */
  readonly what: string
  readonly ok: boolean
}

/** Set at deployment, changed by vote. */
const VOTED: readonly string[] = ['policy', 'rates', 'feed', 'maxAge', 'development']

/** Hash of code with its immutables blank, to be compared with the compiler's. */
export function blankHash(code: Uint8Array, { immutables }: Pick<Runtime, 'immutables'>): string {
  const blank = code.slice()
  for (const [start, length] of immutables) blank.fill(0, start, start + length)
  return keccak256(blank)
}

/** A view without arguments, or with the given ones, and what it must answer. */
interface Fact {
  readonly part: PartName
  readonly view: string
  readonly args: readonly unknown[]
  readonly expected: unknown
}

/** Constructor arguments by name: of the one struct, or one by one. */
function givenTo(coder: Interface, args: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [only] = args
  if (args.length === 1 && typeof only === 'object' && only !== null) return { ...only, params: only }
  return Object.fromEntries(coder.deploy.inputs.map(({ name }, i) => [name.replace(/_$/, ''), args[i]]))
}

const isPlainView = ({ inputs, outputs, constant }: FunctionFragment): boolean =>
  constant && inputs.length === 0 && outputs.length === 1

/** Every view that bears the name of a contract of the network, or of something its constructor was given. */
function factsOf({ parts, installations, addresses, options }: Plan): readonly Fact[] {
  const { staking, timelock, government } = addresses
  const known = { ...addresses, votes: staking, authority: timelock, successor: ZeroAddress }
  const facts: Fact[] = []
  for (const { part, done } of installations) facts.push({ part, view: done.view, args: [], expected: done.answer })
  for (const { name: part, args } of parts) {
    const coder = new Interface(JSON.stringify(ARTIFACTS[part].abi))
    const wanted: Readonly<Record<string, unknown>> = { ...givenTo(coder, args), ...known }
    coder.forEachFunction((view) => {
      const expected = VOTED.includes(view.name) ? undefined : wanted[view.name]
      if (isPlainView(view) && expected !== undefined) facts.push({ part, view: view.name, args: [], expected })
    })
  }
  const role = (name: string, account: Hex, expected: boolean): Fact => ({
    part: 'timelock',
    view: 'hasRole',
    args: [name, account],
    expected,
  })
  const roles = ['PROPOSER_ROLE', 'EXECUTOR_ROLE', 'CANCELLER_ROLE'].map((name) => role(id(name), government, true))
  return [...facts, ...roles, role(`0x${'00'.repeat(32)}`, options.installer, false)]
}

async function checkFact({ addresses }: Plan, { part, view, args, expected }: Fact, provider: Provider) {
  const { abi, contract } = ARTIFACTS[part]
  const coder = new Interface(JSON.stringify(abi))
  const address = addresses[part]
  const data = coder.encodeFunctionData(view, args)
  // What is no contract, or another one, answers something else or nothing.
  const answer = await provider.call({ to: address, data }).catch((error: unknown) => {
    if (error instanceof Fault) throw error
    return '0x'
  })
  return { contract, address, what: view, ok: answer === coder.encodeFunctionResult(view, [expected]) }
}

async function checkCode({ addresses }: Plan, part: PartName, provider: Provider): Promise<Finding> {
  const { contract, runtime } = ARTIFACTS[part]
  const address = addresses[part]
  const code = fromHex(await provider.getCode(address))
  return { contract, address, what: 'code', ok: blankHash(code, runtime) === runtime.hash }
}

/** One finding for each thing that was compared, in the order of the plan. Faults: `rpc-unreachable`. */
export async function verifyDeployment(plan: Plan, provider: Provider): Promise<readonly Finding[]> {
  const made = [...plan.parts.map(({ name }) => name), 'timelock'] as const
  const codes = made.map((part) => checkCode(plan, part, provider))
  const facts = factsOf(plan).map((fact) => checkFact(plan, fact, provider))
  return Promise.all([...codes, ...facts])
}
