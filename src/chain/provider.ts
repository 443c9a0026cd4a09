// Becoming a provider that may bid: apply, be qualified, deposit collateral, enrol the sidecars that bid. Each step looks
// first and is safe to repeat. Deciding on an application is the government's.

import { AbiCoder, keccak256 } from 'ethers'
import { Fault, reject } from '../core/errors.ts'
import type { Capacity, Hex } from '../core/types.ts'
import type { Call } from './contracts.ts'
import { findMarket } from './market-handles.ts'
import type { MarketHandles } from './market-handles.ts'
import type { Outbox } from './outbox.ts'
import type { Provider } from './rpc.ts'

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

export interface ProviderDesk {
  readonly handles: MarketHandles
  /** Number of the provider that our sender owns; 0 for none. */
  id(): Promise<number>
  /** Applies unless just this is applied for or in force; the provider's number. */
  apply(application: Application): Promise<number>
  /** Tops collateral up to `amount`. Faults: `revert-collateral-too-high`, `token-short`. */
  stake(id: number, amount: bigint): Promise<void>
  /** Lets a sidecar's records be bids of the provider. Fault `enrolled-elsewhere`. */
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
  const send = (key: string, call: Call) => outbox.submit({ key, ...call })
  const id = () => providers.read('idOfOwner', [outbox.sender])

  async function isAppliedFor(known: number, application: Application): Promise<boolean> {
    if (known === 0) return false
    const current = await providers.read('provider', [known])
    const hash = applicationHash(application)
    return current.application === NOTHING ? isInForce(current, hash) : current.application === hash
  }

  return {
    handles,
    id,
    apply: async (application) => {
      const { brand, capacity, ceiling } = application
      if (!(await isAppliedFor(await id(), application)))
        await send(`apply:${outbox.sender}`, providers.call('applyAs', [brand, capacity, ceiling]))
      return id()
    },
    stake: async (which, amount) => {
      const { collateral } = await providers.read('provider', [which])
      if (collateral >= amount) return
      const missing = amount - collateral
      const balance = await token.read('balanceOf', [outbox.sender])
      if (balance < missing)
        throw new Fault('token-short', `${missing} base units of ANKR are needed, the account has ${balance}`, {
          data: { missing, balance },
        })
      if ((await token.read('allowance', [outbox.sender, providers.address])) < missing)
        await send(`approve:${providers.address}:${missing}`, token.call('approve', [providers.address, missing]))
      await send(`deposit:${which}:${collateral}`, providers.call('deposit', [which, missing]))
    },
    enrol: async (which, sidecar) => {
      const [enrolled] = await providers.read('bidderOf', [sidecar])
      if (enrolled === which) return
      if (enrolled !== 0)
        throw reject('enrolled-elsewhere', `sidecar ${sidecar} bids for provider ${enrolled}`, { sidecar, enrolled })
      await send(`enrol:${sidecar}`, providers.call('enrol', [which, sidecar]))
    },
  }
}
