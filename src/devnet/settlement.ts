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
import { connectRpc } from '../chain/rpc.ts'
import type { Provider } from '../chain/rpc.ts'
import type { SecretKeys } from '../keys.ts'
import { createCertificateSigner } from '../native/certificates.ts'
import { createRecordSigner } from '../native/records.ts'

export interface SettlementOptions {
  readonly rpcUrl: string
  readonly drand: DrandChain
  readonly schedule: Schedule
  readonly keys: readonly SecretKeys[]
}

export interface SettlementDeps {
  readonly clock: Clock
  readonly log: Log
  /** Told after each registration. */
  readonly onRegistered: (count: number) => void
}

export interface Settlement {
  readonly contracts: Deployed
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

export async function settle(options: SettlementOptions, deps: SettlementDeps): Promise<Settlement> {
  const provider = await connectRpc({ urls: [options.rpcUrl], timeoutMs: 10_000 })
  const outbox = createOutbox(
    {
      senderKey: fromHex(OWNER_KEY, 32),
      confirmations: 1,
      pollMs: 20,
      replaceAfterMs: 30_000,
      feeCeiling: 500_000_000_000n,
    },
    { provider, pending: createVolatilePending(), clock: deps.clock, log: deps.log },
  )
  await outbox.start()
  const contracts = await deployAll(options, provider, outbox)
  // Once for all: otherwise each registration approves its own stake, a transaction more.
  const { token } = await findContracts(provider, contracts.ledger)
  const allowance = STAKE * BigInt(options.keys.length)
  await outbox.submit({ key: 'approve:stakes', ...token.call('approve', [contracts.sidecars, allowance]) })
  for (const [i, secrets] of options.keys.entries()) {
    const record = createRecordSigner(secrets.record)
    await provider.send('anvil_setBalance', [record.address, GAS_MONEY])
    const keys = {
      record,
      certificate: createCertificateSigner(secrets.bls),
      peerKey: ed25519.getPublicKey(secrets.peer),
    }
    // In order: the id is the position of the key.
    await register({ ledger: contracts.ledger, stake: STAKE }, keys, { provider, outbox })
    deps.onRegistered(i + 1)
  }
  const stop = async (): Promise<void> => {
    await outbox.stop()
    provider.destroy()
  }
  return { contracts, provider, stop }
}
