// The contracts of one network, found from the ledger's address alone.

import { AuditLedgerAbi } from './abi/AuditLedger.ts'
import { BeaconsAbi } from './abi/Beacons.ts'
import { CommitteeAbi } from './abi/Committee.ts'
import { SidecarsAbi } from './abi/Sidecars.ts'
import { TestAnkrAbi } from './abi/TestAnkr.ts'
import { bindContract } from './contracts.ts'
import type { Contract } from './contracts.ts'
import type { Provider } from './rpc.ts'
import type { Hex } from '../core/types.ts'

export interface Handles {
  readonly ledger: Contract<typeof AuditLedgerAbi>
  readonly sidecars: Contract<typeof SidecarsAbi>
  readonly committee: Contract<typeof CommitteeAbi>
  readonly beacons: Contract<typeof BeaconsAbi>
  /** Any ERC-20; the local network's can mint too. */
  readonly token: Contract<typeof TestAnkrAbi>
}

/** Faults: `contract-missing`, `rpc-unreachable`. */
export async function findContracts(provider: Provider, address: Hex): Promise<Handles> {
  const ledger = bindContract(AuditLedgerAbi, address, provider)
  const params = await ledger.read('params', [])
  const sidecars = bindContract(SidecarsAbi, params.sidecars, provider)
  const { token } = await sidecars.read('params', [])
  return {
    ledger,
    sidecars,
    committee: bindContract(CommitteeAbi, params.committee, provider),
    beacons: bindContract(BeaconsAbi, params.beacons, provider),
    token: bindContract(TestAnkrAbi, token, provider),
  }
}
