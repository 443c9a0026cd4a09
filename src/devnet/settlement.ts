// The settlement side of a local network: contracts on a fresh chain, N funded and registered sidecars. Promises that ids
// are 1 … N in the order of the keys, and that all are members from epoch 0. Money here is worthless on purpose: the
// owner is anvil's public first account, fees are free test ether.

import { ed25519 } from '@noble/curves/ed25519.js'
import { fromHex } from '../core/bytes.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { DrandChain, Hex, Schedule } from '../core/types.ts'
import { deploy } from '../chain/deploy.ts'
import type { Deployed } from '../chain/deploy.ts'
import { createOutbox } from '../chain/outbox.ts'
import type { Outbox } from '../chain/outbox.ts'
import { createVolatilePending } from '../chain/pending.ts'
import { findContracts } from '../chain/handles.ts'
import { register } from '../chain/registration.ts'
import type { RegistrationKeys } from '../chain/registration.ts'
import type { DeployedMarket } from '../chain/deploy-market.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { Provider } from '../chain/rpc.ts'
import type { SecretKeys } from '../keys/secrets.ts'
import { createCertificateSigner } from '../native/certificates.ts'
import { createRecordSigner } from '../native/records.ts'
import { PROVIDER_ANKR, openMarket } from './market.ts'
import type { MarketOptions } from './market.ts'

export interface SettlementOptions {
  readonly rpcUrl: string
  readonly drand: DrandChain
  readonly schedule: Schedule
  readonly keys: readonly SecretKeys[]
  /** Undefined: no auctions. With a market every sidecar belongs to its own record key, as providers own their sidecars. */
  readonly market: Pick<MarketOptions, 'payAsBid' | 'patience'> | undefined
}

export interface SettlementDeps {
  readonly clock: Clock
  readonly log: Log
  /** Told after each registration. */
  readonly onRegistered: (count: number) => void
}

export interface Settlement {
  readonly contracts: Deployed
  readonly market: DeployedMarket | undefined
  /** The deployer: authority of the market and requester of its jobs. */
  readonly outbox: Outbox
  readonly provider: Provider
  readonly stop: () => Promise<void>
}

/** Anvil's first development account: known to everybody, for local chains alone. */
const OWNER_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const TOKEN = 10n ** 18n
const STAKE = 1_000n * TOKEN
const BOUNTY = 10n * TOKEN
const GAS_MONEY: Hex = '0x8ac7230489e80000' // 10 ether in wei
/** Where a slash's remainder goes: an address nobody holds, easy to find again. */
const SINK: Hex = '0x000000000000000000000000000000000000dead'

async function deployAll(options: SettlementOptions, provider: Provider, outbox: Outbox): Promise<Deployed> {
  const { drand, schedule, keys } = options
  return deploy(
    {
      drand,
      schedule,
      minStake: STAKE,
      unbondingEpochs: 2,
      slashBps: 5_000,
      reporterBps: 1_000,
      sink: SINK,
      bounty: BOUNTY,
      seatBounty: BOUNTY,
      budget: 1_000_000n * TOKEN,
      mint: [{ to: outbox.sender, amount: STAKE * BigInt(keys.length) }],
    },
    { provider, outbox },
  )
}

type Open = (senderKey: Uint8Array) => Promise<Outbox>

const opener =
  (provider: Provider, { clock, log }: SettlementDeps): Open =>
  async (senderKey) => {
    const sending = { senderKey, confirmations: 1, pollMs: 20, replaceAfterMs: 30_000, feeCeiling: 500_000_000_000n }
    const outbox = createOutbox(sending, { provider, pending: createVolatilePending(), clock, log })
    await outbox.start()
    return outbox
  }

const identityOf = (secrets: SecretKeys): RegistrationKeys => ({
  record: createRecordSigner(secrets.record),
  certificate: createCertificateSigner(secrets.bls),
  peerKey: ed25519.getPublicKey(secrets.peer),
})

/** In order: the id is the position of the key. */
async function registerAll(
  { keys, market }: SettlementOptions,
  { ledger, sidecars }: Deployed,
  { provider, outbox, open, onRegistered }: Accounts & Pick<SettlementDeps, 'onRegistered'>,
): Promise<void> {
  const { token } = await findContracts(provider, ledger)
  // Once for all: otherwise each registration approves its own stake, a transaction more.
  const allowance = STAKE * BigInt(keys.length)
  if (!market) await outbox.submit({ key: 'approve:stakes', ...token.call('approve', [sidecars, allowance]) })
  for (const [i, secrets] of keys.entries()) {
    const identity = identityOf(secrets)
    const { address } = identity.record
    await provider.send('anvil_setBalance', [address, GAS_MONEY])
    if (market) {
      await outbox.submit({ key: `mint:${address}`, ...token.call('mint', [address, STAKE + PROVIDER_ANKR]) })
      const own = await open(secrets.record)
      await register({ ledger, stake: STAKE }, identity, { provider, outbox: own })
      await own.stop()
    } else await register({ ledger, stake: STAKE }, identity, { provider, outbox })
    onRegistered(i + 1)
  }
}

interface Accounts {
  readonly provider: Provider
  readonly outbox: Outbox
  readonly open: Open
}

export async function settle(options: SettlementOptions, deps: SettlementDeps): Promise<Settlement> {
  const { keys, schedule, drand } = options
  const provider = await connectRpc({ urls: [options.rpcUrl], timeoutMs: 10_000 })
  const open = opener(provider, deps)
  const outbox = await open(fromHex(OWNER_KEY, 32))
  const contracts = await deployAll(options, provider, outbox)
  await registerAll(options, contracts, { provider, outbox, open, onRegistered: deps.onRegistered })
  const own = (index: number): Promise<Outbox> => {
    const secrets = keys[index]
    if (!secrets) throw new Error(`bug: there is no key ${index}`)
    return open(secrets.record)
  }
  const { periodSeconds } = drand
  const market =
    options.market &&
    (await openMarket(
      { schedule, periodSeconds, ...options.market },
      contracts,
      { provider, outbox, own },
      keys.length,
    ))
  const stop = async (): Promise<void> => {
    await outbox.stop()
    provider.destroy()
  }
  return { contracts, market, outbox, provider, stop }
}
