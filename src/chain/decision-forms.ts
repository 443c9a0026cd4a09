// Everyday decisions as calls: what governors decide most often, filled in from what is on chain so that nobody copies it by
// hand. The contracts' bounds are theirs.

import { fromHex } from '../core/bytes.ts'
import { SYSTEM_GROUP, isGroupSigned } from '../core/custody.ts'
import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { ReadAmount } from './call-arguments.ts'
import type { CallCodec } from './call-codec.ts'
import type { Call } from './contracts.ts'
import type { Economy } from './economy.ts'
import { applicationHash } from './provider.ts'
import type { Application } from './provider.ts'
import { LOG_PAGE_BLOCKS } from './postings.ts'
import type { Provider } from './rpc.ts'

export const TIERS = ['untrusted', 'semi', 'trusted'] as const
export type Tier = (typeof TIERS)[number]

export interface RateChanges {
  readonly cpuUsd?: bigint
  readonly memoryUsd?: bigint
  readonly storageUsd?: bigint
}

export interface DecisionForms {
  /** What a provider applies for, and the call that puts it into force. Faults: `provider-unknown`, `not-applied`. */
  qualify(id: number): Promise<{ readonly call: Call; readonly application: Application }>
  disqualify(id: number): Promise<Call>
  /** Ends a suspension before its time. */
  pardon(id: number): Promise<Call>
  /** Ends a dispute: what the provider is paid when delivered, what is taken from its collateral when not. */
  rule(job: number, delivered: boolean, amount: bigint): Promise<Call>
  /** `stake` in wei, for the semi-trusted alone. */
  setTier(id: number, tier: Tier, stake: bigint): Promise<Call>
  setRates(changes: RateChanges): Promise<Call>
  /** The key of the system's half of all custody, 33 bytes, and its group's proof, 65. Faults: `custody-unknown`, `check-group-signature`. */
  setSystemKey(key: Hex, proof: Hex): Promise<Call>
  /** A contract's policy as it is, with some fields changed. Faults: `call-unknown`, `call-argument`. */
  setPolicy(contract: string, changes: Readonly<Record<string, unknown>>, readAmount: ReadAmount): Promise<Call>
}

const NOTHING: Hex = `0x${'00'.repeat(32)}`
const wordOf = (id: number): Hex => `0x${id.toString(16).padStart(64, '0')}`

export function createDecisionForms(economy: Economy, codec: CallCodec, provider: Provider): DecisionForms {
  const { providers, discipline, quotes, tiers } = economy
  const policies: Readonly<Record<string, () => Promise<object>>> = {
    government: () => economy.government.read('policy', []),
    council: () => economy.council.read('policy', []),
    marketplace: () => economy.marketplace.read('policy', []),
    providers: () => providers.read('policy', []),
    discipline: () => discipline.read('policy', []),
    dividends: () => economy.dividends.read('policy', []),
    micropools: () => economy.microPools.read('policy', []),
    rewardpool: () => economy.rewardPool.read('policy', []),
    insurancepool: () => economy.insurancePool.read('policy', []),
  }

  async function known(id: number) {
    const total = await providers.read('total', [])
    if (id > total) throw reject('provider-unknown', `there is no provider ${id}: there are ${total}`, { id })
    return providers.read('provider', [id])
  }

  async function applicationOf(id: number, hash: Hex): Promise<Application> {
    const topics = [providers.topic('Applied'), wordOf(id)]
    for (let head = await provider.getBlockNumber(); head >= 0; head -= LOG_PAGE_BLOCKS) {
      const fromBlock = Math.max(0, head - LOG_PAGE_BLOCKS + 1)
      const logs = await provider.getLogs({ address: providers.address, topics, fromBlock, toBlock: head })
      for (const log of logs.toReversed()) {
        const { brand, capacity, ceiling } = providers.event('Applied', log)
        if (applicationHash({ brand, capacity, ceiling }) === hash) return { brand, capacity, ceiling }
      }
    }
    throw reject('not-applied', `the endpoint has no application of provider ${id}: name one that keeps old events`, {
      id,
    })
  }

  return {
    qualify: async (id) => {
      const { application: hash } = await known(id)
      if (hash === NOTHING)
        throw reject('not-applied', `provider ${id} applies for nothing that is not decided`, { id })
      const application = await applicationOf(id, hash)
      const { brand, capacity, ceiling } = application
      return { call: providers.call('qualify', [id, brand, capacity, ceiling]), application }
    },
    disqualify: async (id) => {
      await known(id)
      return providers.call('disqualify', [id])
    },
    pardon: async (id) => {
      await known(id)
      return discipline.call('reinstate', [id])
    },
    rule: async (job, delivered, amount) => economy.projects.call('rule', [BigInt(job), delivered, amount]),
    setTier: async (id, tier, stake) => {
      await known(id)
      return tiers.call('setTier', [id, TIERS.indexOf(tier), stake])
    },
    setSystemKey: async (key, proof) => {
      const { custody } = economy
      if (!custody) throw reject('custody-unknown', 'which custody? give --custody, or set it in config.yaml')
      const { epoch } = await custody.read('keyOf', [SYSTEM_GROUP])
      const digest = await custody.read('possessionDigest', [SYSTEM_GROUP, epoch + 1])
      if (!isGroupSigned(fromHex(key), fromHex(digest), fromHex(proof)))
        throw reject(
          'check-group-signature',
          `the group of this key did not sign ${digest}: stkr custody set-key system`,
        )
      return custody.call('setSystemKey', [key, proof])
    },
    setRates: async (changes) => quotes.call('setRates', [{ ...(await quotes.read('rates', [])), ...changes }]),
    setPolicy: async (contract, changes, readAmount) => {
      const current = policies[contract.toLowerCase()]
      if (!current)
        throw reject(
          'call-unknown',
          `${JSON.stringify(contract)} has no policy: ${codec.contracts
            .filter((name) => name.toLowerCase() in policies)
            .join(', ')}`,
        )
      return codec.write(contract, 'setPolicy', [{ ...(await current()), ...changes }], readAmount)
    },
  }
}
