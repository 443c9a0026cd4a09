// The open door of a local network: what a newcomer needs to add a sidecar of their own, as files. Promises a configuration
// that works as it is, and the key of a fresh account with ether and ANKR: worthless money, for this network alone.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../core/bytes.ts'
import type { Hex } from '../core/types.ts'
import { configText } from '../config/schema.ts'
import { findContracts } from '../chain/handles.ts'
import { writeNew } from '../keys/owner-only.ts'
import { createSecrets } from '../keys/secrets.ts'
import { createRecordSigner } from '../native/records.ts'
import type { NodePlan } from './nodes.ts'
import type { Settlement } from './settlement.ts'

export interface Door {
  /** Holds config.yaml and owner.key: to be copied as a data directory. */
  readonly folder: string
}

export interface DoorOptions {
  readonly folder: string
  readonly rpcUrl: string
  readonly drandRelay: string
  readonly workloadUrl: string
  readonly plans: readonly NodePlan[]
}

const ETHER: Hex = '0x56bc75e2d63100000' // 100 ether in wei
const ANKR = 10_000n * 10n ** 18n
const BOOTSTRAPS = 3

export async function openDoor(
  { folder, rpcUrl, drandRelay, workloadUrl, plans }: DoorOptions,
  { contracts, provider, outbox }: Settlement,
): Promise<Door> {
  const door = join(folder, 'join')
  const { record: ownerKey } = createSecrets()
  const { address } = createRecordSigner(ownerKey)
  const { token } = await findContracts(provider, contracts.ledger)
  await provider.send('anvil_setBalance', [address, ETHER])
  await outbox.submit({ key: `mint:${address}`, ...token.call('mint', [address, ANKR]) })
  mkdirSync(door, { mode: 0o700 })
  writeNew(join(door, 'owner.key'), `${toHex(ownerKey)}\n`)
  const config = {
    rpcUrls: [rpcUrl],
    ledger: contracts.ledger,
    drandRelays: [drandRelay],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: plans.slice(0, BOOTSTRAPS).map((plan) => plan.address),
    workloadUrl,
    local: true,
    marketplace: contracts.marketplace,
    microPools: contracts.microPools,
    custody: contracts.custody,
    government: contracts.government,
  }
  writeNew(join(door, 'config.yaml'), configText(config))
  return { folder: door }
}
