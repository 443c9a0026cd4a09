// Which contracts this program speaks to, as one number: two programs with the same hash understand the same contracts.

import { keccak256, toHex, utf8ToBytes } from '../core/bytes.ts'
import type { Hex } from '../core/types.ts'
import { AuditLedgerAbi } from './abi/AuditLedger.ts'
import { BeaconsAbi } from './abi/Beacons.ts'
import { CommitteeAbi } from './abi/Committee.ts'
import { MarketplaceAbi } from './abi/Marketplace.ts'
import { ProvidersAbi } from './abi/Providers.ts'
import { SidecarsAbi } from './abi/Sidecars.ts'

/** keccak256 of the JSON of all ABIs a sidecar uses, in this order. */
export const abiHash = (): Hex =>
  toHex(
    keccak256(
      utf8ToBytes(
        JSON.stringify([AuditLedgerAbi, SidecarsAbi, CommitteeAbi, BeaconsAbi, MarketplaceAbi, ProvidersAbi]),
      ),
    ),
  )
