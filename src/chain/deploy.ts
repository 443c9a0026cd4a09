// Carries out a plan (deploy-plan.ts): creates what is missing, installs what is not installed, and nothing twice. It
// promises to be safe to repeat after a failure at any instruction: what an earlier run did is recognised on chain. Parts
// that do not need each other are sent together. It does not check what stands there; deploy-verify.ts does.

import { Interface } from 'ethers'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { ARTIFACTS } from './deploy-artifacts.ts'
import type { PartName } from './deploy-artifacts.ts'
import { DEPLOYMENT_PROXY } from './deploy-plan.ts'
import type { Installation, Part, Plan } from './deploy-plan.ts'
import type { Deployed } from './deploy-options.ts'
import { quoteFees } from './fees.ts'
import type { Outbox } from './outbox.ts'
import { revertFault } from './reverts.ts'
import type { Provider } from './rpc.ts'

export interface DeployDeps {
  readonly provider: Provider
  /** Its sender is the plan's installer. */
  readonly outbox: Outbox
  /** Told of every step when it is done, or found done. */
  readonly onStep?: (step: StepDone) => void
}

export interface StepDone {
  /** `create Sidecars`, `Council.install`. */
  readonly name: string
  readonly address: Hex
  /** Undefined: it was there already. */
  readonly sent: { readonly tx: Hex; readonly gasUsed: bigint } | undefined
}

const nothing = '0x'
const SALT_DIGITS = 64

export const hasCode = async (provider: Provider, address: Hex): Promise<boolean> =>
  (await provider.getCode(address)) !== nothing

const createName = ({ contract }: Part): string => `create ${contract}`
const installName = ({ part, call }: Installation): string => `${ARTIFACTS[part].contract}.${call}`

/** Parts in groups: what one needs is in the groups before it. */
export function groupParts(parts: readonly Part[]): readonly (readonly Part[])[] {
  const levels = new Map<string, number>()
  for (const { name, needs } of parts) levels.set(name, 1 + Math.max(0, ...needs.map((need) => levels.get(need) ?? 0)))
  const depth = Math.max(...levels.values())
  return Array.from({ length: depth }, (_, i) => parts.filter(({ name }) => levels.get(name) === i + 1))
}

const interfaceOf = ({ part }: Installation): Interface => new Interface(JSON.stringify(ARTIFACTS[part].abi))

/** Whether it was installed. */
async function isInstalled({ addresses }: Plan, one: Installation, provider: Provider): Promise<boolean> {
  const coder = interfaceOf(one)
  const { view, answer } = one.done
  const data = coder.encodeFunctionData(view, [])
  return (await provider.call({ to: addresses[one.part], data })) === coder.encodeFunctionResult(view, [answer])
}

/** Resolves when all have ended; then throws the first fault, if any. */
async function allOf<T>(tasks: readonly Promise<T>[]): Promise<void> {
  const ended = await Promise.allSettled(tasks)
  const failed = ended.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

interface Step {
  readonly name: string
  readonly address: Hex
  readonly to: Hex
  readonly data: Hex
  readonly isDone: () => Promise<boolean>
  /** Throws the reason why it cannot be done, when that can be heard. */
  readonly explain: () => Promise<void>
}

async function perform(step: Step, { provider, outbox, onStep }: DeployDeps): Promise<void> {
  const { name, address, to, data, isDone } = step
  const done = (sent: StepDone['sent']) => onStep?.({ name, address, sent })
  if (await isDone()) return done(undefined)
  try {
    const { hash, gasUsed } = await outbox.submit({ key: name, to, data })
    done({ tx: hash as Hex, gasUsed })
  } catch (error) {
    // A transaction of an earlier run may have come first: what counts is what is on chain.
    if (await isDone().catch(() => false)) return done(undefined)
    if (error instanceof Fault && error.code === 'revert-unnamed') await step.explain()
    throw error
  }
  if (!(await isDone()))
    throw new Fault('deploy-incomplete', `${name} was mined, but ${address} is not there: is the endpoint in sync?`, {
      data: { name, address, chainId: provider.chainId },
    })
}

/** The proxy swallows what a constructor says: the same creation without it. Fault `revert-…`. */
async function construct(part: Part, provider: Provider): Promise<void> {
  const initCode = `0x${part.data.slice(2 + SALT_DIGITS)}`
  try {
    await provider.call({ from: DEPLOYMENT_PROXY, data: initCode })
  } catch (error) {
    throw revertFault(error, createName(part))
  }
}

/** What a plan still asks for. */
export interface Forecast {
  /** Contracts that are not there, by their names in Solidity. */
  readonly missing: readonly string[]
  /** No more gas than this will be used. */
  readonly gasMost: bigint
  /** What that costs at the fee of now, in wei. */
  readonly cost: bigint
  /** What the installer has, in wei. */
  readonly balance: bigint
}

/** Creating costs 200 gas a byte of what will run and 16 a byte sent; the creation code counts for both. */
const gasOf = ({ data }: Part): bigint => 53_000n + 216n * BigInt(data.length / 2)
const INSTALL_GAS = 250_000n

export async function forecast(plan: Plan, provider: Provider, feeCeiling: bigint): Promise<Forecast> {
  const { parts, installations, options } = plan
  const [there, installed, fees, balance] = await Promise.all([
    Promise.all(parts.map(({ address }) => hasCode(provider, address))),
    Promise.all(installations.map((one) => isInstalled(plan, one, provider))),
    quoteFees(provider, feeCeiling),
    provider.getBalance(options.installer),
  ])
  const absent = parts.filter((_, i) => there[i] !== true)
  const open = installed.filter((done) => !done).length
  const gasMost = absent.reduce((gas, part) => gas + gasOf(part), INSTALL_GAS * BigInt(open))
  return { missing: absent.map(({ contract }) => contract), gasMost, cost: gasMost * fees.max, balance }
}

const MAINNET = 1n
/** Parts that stand in for what a public network has already. */
const STAND_INS: readonly PartName[] = ['token', 'priceFeed', 'depositContract']

/**
 * Faults: `deploy-no-proxy`, `deploy-wrong-account`, `deploy-test-parts`, `contract-missing` (data.address).
 */
export async function requireGround(plan: Plan, { provider, outbox }: DeployDeps): Promise<void> {
  const { installer, token, quotes } = plan.options
  if (outbox.sender !== installer)
    throw new Fault('deploy-wrong-account', `the installer is ${installer}, the key is that of ${outbox.sender}`)
  if (!(await hasCode(provider, DEPLOYMENT_PROXY)))
    throw new Fault(
      'deploy-no-proxy',
      `the chain has no deterministic-deployment proxy at ${DEPLOYMENT_PROXY}: put it there first`,
    )
  const standIns = plan.parts.filter(({ name }) => STAND_INS.includes(name)).map(({ contract }) => contract)
  if (provider.chainId === MAINNET && standIns.length > 0)
    throw new Fault(
      'deploy-test-parts',
      `the file brings ${standIns.join(', ')} to Ethereum's main network: name the real ones`,
    )
  const feed = 'feed' in quotes.price ? quotes.price.feed : undefined
  for (const [what, address] of Object.entries({ token, feed }))
    if (address !== undefined && !(await hasCode(provider, address)))
      throw new Fault('contract-missing', `there is no ${what} at ${address}`, { data: { what, address } })
}

/** Faults: those of requireGround, `revert-…` for refused parameters, `deploy-incomplete`, those of the outbox. */
export async function deploy(plan: Plan, deps: DeployDeps): Promise<Deployed> {
  const { provider } = deps
  const { parts, installations, addresses } = plan
  await requireGround(plan, deps)
  const creation = (part: Part): Step => ({
    name: createName(part),
    address: part.address,
    to: DEPLOYMENT_PROXY,
    data: part.data,
    isDone: () => hasCode(provider, part.address),
    explain: () => construct(part, provider),
  })
  const installing = (one: Installation): Step => ({
    name: installName(one),
    address: addresses[one.part],
    to: addresses[one.part],
    data: interfaceOf(one).encodeFunctionData(one.call, one.args) as Hex,
    isDone: () => isInstalled(plan, one, provider),
    explain: async () => undefined,
  })
  for (const group of groupParts(parts)) await allOf(group.map((part) => perform(creation(part), deps)))
  await allOf(installations.map((one) => perform(installing(one), deps)))
  return addresses
}
