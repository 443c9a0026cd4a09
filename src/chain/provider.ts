// Becoming a provider that may bid: apply, be qualified, deposit collateral, enrol the sidecars that bid. Each step looks
// first and is safe to repeat. Deciding on an application is the government's.

import { AbiCoder, keccak256 } from 'ethers'
import { reject } from '../core/errors.ts'
import type { Capacity, Hex } from '../core/types.ts'
import { findMarket } from './market-handles.ts'
import type { MarketHandles } from './market-handles.ts'
import type { Outbox } from './outbox.ts'
import { createPaymentPlan } from './paying.ts'
import type { Provider } from './rpc.ts'
import { createPlanner } from './steps.ts'
import type { Planner, Step } from './steps.ts'

/** What a provider applies with. Money in ANKR base units. */
export interface Application {
  /** At most 64 bytes. */
  readonly brand: string
  readonly capacity: Capacity
  /** Highest price it may bid. */
  readonly ceiling: bigint
}

export interface ProviderDeps {
  readonly provider: Provider
  /** Its sender is the provider's owner. */
  readonly outbox: Outbox
}

/** What is done already is no step. */
export interface ProviderDesk extends Planner {
  readonly handles: MarketHandles
  /** Number of the provider that our sender owns; 0 for none. */
  id(): Promise<number>
  /** Nothing if just this is applied for or in force. */
  planApplication(application: Application): Promise<readonly Step[]>
  /** Tops collateral up to `amount`. Faults: `revert-collateral-too-high`, `token-short`. */
  planStake(id: number, amount: bigint): Promise<readonly Step[]>
  /** Lets a sidecar's records be bids of the provider. Fault `enrolled-elsewhere`. */
  planEnrolment(id: number, sidecar: number): Promise<readonly Step[]>
  /** `planApplication`, sent; the provider's number. */
  apply(application: Application): Promise<number>
  /** `planStake`, sent. */
  stake(id: number, amount: bigint): Promise<void>
  /** `planEnrolment`, sent. */
  enrol(id: number, sidecar: number): Promise<void>
}

const QUALIFIED = 2
const NOTHING: Hex = `0x${'00'.repeat(32)}`

const APPLICATION = ['string', 'tuple(uint32 cpuMilliGhz, uint32 memoryMilliGb, uint32 storageMilliGb)', 'uint96']

/** What the contract keeps of an application. */
export const applicationHash = ({ brand, capacity, ceiling }: Application): string =>
  keccak256(AbiCoder.defaultAbiCoder().encode(APPLICATION, [brand, capacity, ceiling]))

const isInForce = (current: Application & { readonly status: number }, hash: string): boolean =>
  current.status === QUALIFIED && applicationHash(current) === hash

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function openProviderDesk(marketplace: Hex, { provider, outbox }: ProviderDeps): Promise<ProviderDesk> {
  const handles = await findMarket(provider, marketplace)
  const { providers, token } = handles
  const planner = createPlanner({ provider, outbox })
  const planPayment = createPaymentPlan(planner, token, outbox.sender)
  const id = () => providers.read('idOfOwner', [outbox.sender])

  async function isAppliedFor(known: number, application: Application): Promise<boolean> {
    if (known === 0) return false
    const current = await providers.read('provider', [known])
    const hash = applicationHash(application)
    return current.application === NOTHING ? isInForce(current, hash) : current.application === hash
  }

  async function planApplication(application: Application): Promise<readonly Step[]> {
    const { brand, capacity, ceiling } = application
    if (await isAppliedFor(await id(), application)) return []
    return [await planner.plan('apply', providers.call('applyAs', [brand, capacity, ceiling]))]
  }

  async function planStake(which: number, amount: bigint): Promise<readonly Step[]> {
    const { collateral } = await providers.read('provider', [which])
    const missing = amount - collateral
    if (missing <= 0n) return []
    return planPayment({ name: 'deposit', call: providers.call('deposit', [which, missing]), amount: missing })
  }

  async function planEnrolment(which: number, sidecar: number): Promise<readonly Step[]> {
    const [enrolled] = await providers.read('bidderOf', [sidecar])
    if (enrolled === which) return []
    if (enrolled !== 0)
      throw reject('enrolled-elsewhere', `sidecar ${sidecar} bids for provider ${enrolled}`, { sidecar, enrolled })
    return [await planner.plan('enrol', providers.call('enrol', [which, sidecar]))]
  }

  return {
    ...planner,
    handles,
    id,
    planApplication,
    planStake,
    planEnrolment,
    apply: async (application) => {
      await planner.send(await planApplication(application))
      return id()
    },
    stake: async (which, amount) => {
      await planner.send(await planStake(which, amount))
    },
    enrol: async (which, sidecar) => {
      await planner.send(await planEnrolment(which, sidecar))
    },
  }
}
