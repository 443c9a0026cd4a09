// The settlement side of a local network: contracts on a fresh chain, a seated government, N funded and registered sidecars,
// and with a market N providers that the government qualified. Promises that ids are 1 … N in the order of the keys, and
// that all are members from epoch 0. Money here is worthless on purpose: the deployer is anvil's public first account.

import { ed25519 } from '@noble/curves/ed25519.js'
import { deploy } from '../chain/deploy.ts'
import type { Deployed } from '../chain/deploy-options.ts'
import { planDeployment } from '../chain/deploy-plan.ts'
import { findMarket } from '../chain/market-handles.ts'
import { createOutbox } from '../chain/outbox.ts'
import type { Outbox } from '../chain/outbox.ts'
import { createVolatilePending } from '../chain/pending.ts'
import { register } from '../chain/registration.ts'
import type { RegistrationKeys } from '../chain/registration.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { Provider } from '../chain/rpc.ts'
import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { DrandChain, Schedule } from '../core/types.ts'
import type { SecretKeys } from '../keys/secrets.ts'
import { createCertificateSigner } from '../native/certificates.ts'
import { createRecordSigner } from '../native/records.ts'
import { GOVERNOR_KEYS, openGovernment } from './government.ts'
import type { LocalGovernment } from './government.ts'
import { PROVIDER_ANKR, applyAsProvider, equipProvider, qualifications } from './market.ts'
import { fundLedger, giveGas, mint } from './money.ts'
import { GOVERNOR_STAKE, SIDECAR_STAKE, TOKEN, localOptions } from './terms.ts'

export interface SettlementOptions {
  readonly rpcUrl: string
  readonly drand: DrandChain
  readonly schedule: Schedule
  readonly keys: readonly SecretKeys[]
  /** Undefined: no providers, no auctions. */
  readonly market: { readonly payAsBid: boolean; readonly patience?: number } | undefined
}

export interface SettlementDeps {
  readonly clock: Clock
  readonly log: Log
  /** Told after each registration. */
  readonly onRegistered: (count: number) => void
  /** Ends every account at once: a chain that has gone would otherwise be waited for. */
  readonly signal: AbortSignal
}

export interface Settlement {
  readonly contracts: Deployed
  readonly government: LocalGovernment
  /** The deployer: requester of the local network's jobs, without any right over the contracts. */
  readonly outbox: Outbox
  /** Accounts of the sidecars in their order, each the owner of its provider, too. The sidecars send with them as well. */
  readonly owners: readonly Outbox[]
  readonly provider: Provider
  /** Another account of the local network, stopped with the others. */
  readonly open: (senderKey: Uint8Array) => Promise<Outbox>
  readonly stop: () => Promise<void>
}

/** Anvil's first development account: known to everybody, for local chains alone. */
const DEPLOYER_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const BUDGET = 1_000_000n * TOKEN
const REQUESTER_ANKR = 10_000n * TOKEN
const ELECTION_AFTER_SECONDS = 24 * 3_600

/** Opens accounts and remembers them, to be stopped together. */
function createAccounts(provider: Provider, { clock, log, signal }: SettlementDeps) {
  const opened: Outbox[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(opened.map((outbox) => outbox.stop()))
  }
  signal.addEventListener('abort', () => void stop(), { once: true })
  return {
    open: async (senderKey: Uint8Array): Promise<Outbox> => {
      if (signal.aborted) throw new Fault('interrupted', 'interrupted')
      const sending = { senderKey, confirmations: 1, pollMs: 20, replaceAfterMs: 30_000, feeCeiling: 500_000_000_000n }
      const outbox = createOutbox(sending, { provider, pending: createVolatilePending(), clock, log })
      await outbox.start()
      opened.push(outbox)
      return outbox
    },
    stop,
  }
}

const identityOf = (secrets: SecretKeys): RegistrationKeys => ({
  record: createRecordSigner(secrets.record),
  certificate: createCertificateSigner(secrets.bls),
  peerKey: ed25519.getPublicKey(secrets.peer),
})

interface Accounts {
  readonly provider: Provider
  readonly deployer: Outbox
  readonly governors: readonly Outbox[]
  /** A sidecar's own account: its record key, which owns it and its provider. */
  readonly owners: readonly Outbox[]
}

async function pay({ token, ledger }: Deployed, { provider, deployer, governors, owners }: Accounts): Promise<void> {
  await Promise.all(owners.map(({ sender }) => giveGas(provider, sender)))
  const purse = { provider, outbox: deployer }
  const wanted = [
    [deployer.sender, BUDGET + REQUESTER_ANKR] as const,
    ...governors.map(({ sender }) => [sender, GOVERNOR_STAKE] as const),
    ...owners.map(({ sender }) => [sender, SIDECAR_STAKE + PROVIDER_ANKR] as const),
  ]
  await mint(token, wanted, purse)
  await fundLedger({ token, ledger }, BUDGET, purse)
}

/**
 * In order: the id is the position of the key, of the sidecar and of its provider. Resolves when all are registered and
 * have applied; what providers do after that is `equipped`.
 */
async function admit(
  { keys, market }: SettlementOptions,
  { ledger, marketplace }: Deployed,
  { provider, owners }: Accounts,
  onRegistered: SettlementDeps['onRegistered'],
): Promise<{ readonly equipped: Promise<unknown> }> {
  const equipping: Promise<void>[] = []
  for (const [i, outbox] of owners.entries()) {
    const secrets = keys[i]
    if (!secrets) throw new Error(`bug: there is no key ${i}`)
    const account = { provider, outbox }
    await register({ ledger, stake: SIDECAR_STAKE }, identityOf(secrets), account)
    onRegistered(i + 1)
    if (!market) continue
    await applyAsProvider(marketplace, i + 1, account)
    equipping.push(equipProvider(marketplace, i + 1, account))
  }
  return { equipped: Promise.all(equipping) }
}

export async function settle(options: SettlementOptions, deps: SettlementDeps): Promise<Settlement> {
  const provider = await connectRpc({ urls: [options.rpcUrl], timeoutMs: 10_000 })
  const accounts = createAccounts(provider, deps)
  const stop = async (): Promise<void> => {
    await accounts.stop()
    provider.destroy()
  }
  try {
    return { ...(await settleWith(accounts.open, provider, options, deps)), provider, open: accounts.open, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function settleWith(
  open: Settlement['open'],
  provider: Provider,
  options: SettlementOptions,
  deps: SettlementDeps,
): Promise<Pick<Settlement, 'contracts' | 'government' | 'outbox' | 'owners'>> {
  const { keys, schedule, drand, market } = options
  const deployer = await open(fromHex(DEPLOYER_KEY, 32))
  const governors = await Promise.all(GOVERNOR_KEYS.map((key) => open(fromHex(key, 32))))
  const owners = await Promise.all(keys.map(({ record }) => open(record)))
  const terms = localOptions({
    installer: deployer.sender,
    drand,
    schedule,
    payAsBid: market?.payAsBid ?? false,
    ...(market?.patience !== undefined && { patience: market.patience }),
    invited: governors.map(({ sender }) => sender),
    transitionAt: Math.ceil(deps.clock.now() / 1_000) + ELECTION_AFTER_SECONDS,
  })
  const contracts = await deploy(planDeployment(terms), { provider, outbox: deployer })
  const accounts = { provider, deployer, governors, owners }
  await pay(contracts, accounts)

  const admitted = admit(options, contracts, accounts, deps.onRegistered)
  async function decide(): Promise<LocalGovernment> {
    const government = await openGovernment(contracts.government, { provider, governors })
    const calls = market && qualifications(await findMarket(provider, contracts.marketplace), keys.length)
    // A decision names what was applied for: it can be voted on before, not executed.
    if (calls) await government.decide('Qualify the providers of this local network', calls, admitted)
    return government
  }
  const [government] = await Promise.all([decide(), admitted.then(({ equipped }) => equipped)])
  return { contracts, government, outbox: deployer, owners }
}
