// What a network is, read from its contracts: clock, schedule, drand key, domain. Two sidecars that name the same
// ledger therefore agree on everything else.

import { TypedDataEncoder } from 'ethers'
import { fromHex } from '../core/bytes.ts'
import { compressG2 } from '../core/eip2537.ts'
import { reject } from '../core/errors.ts'
import type { DrandChain, Network } from '../core/types.ts'
import type { Handles } from './handles.ts'
import type { Provider } from './rpc.ts'

/** Name of the drand chain at its relays; the contracts know its key, genesis and period, and that is all that verifies. */
export type DrandHash = (chain: Omit<DrandChain, 'hash'>) => Promise<string>

/** Faults: `network-mismatch`, `contract-missing`, `rpc-unreachable`. */
export async function readNetwork(handles: Handles, provider: Provider, drandHash: DrandHash): Promise<Network> {
  const { ledger, sidecars, committee, beacons } = handles
  const { schedule } = await ledger.read('params', [])
  const { clock } = await sidecars.read('params', [])
  const separator = await sidecars.read('domainSeparator', [])
  const seatsMax = await committee.read('maxSeats', [])
  const publicKey = compressG2(fromHex(await beacons.read('publicKey', [])))
  const domain = { name: 'Stkr mesh', version: '1', chainId: provider.chainId, verifyingContract: sidecars.address }
  // Every signature hangs on this; a registry that separates otherwise is not ours.
  if (TypedDataEncoder.hashDomain(domain) !== separator)
    throw reject('network-mismatch', 'the Sidecars contract signs under another domain: is the ledger address right?', {
      sidecars: sidecars.address,
    })
  const chain = { publicKey, genesisTime: Number(clock.genesisTime), periodSeconds: clock.secondsPerRound }
  return {
    chainId: provider.chainId,
    sidecars: sidecars.address,
    committee: committee.address,
    ledger: ledger.address,
    separator: fromHex(separator, 32),
    drand: { ...chain, hash: await drandHash(chain) },
    schedule: {
      genesisRound: Number(clock.genesisRound),
      periodRounds: clock.periodRounds,
      epochPeriods: clock.epochPeriods,
      audits: schedule.auditsPerSlot,
      seatsMax,
      sealRounds: schedule.sealRounds,
      closeRounds: schedule.closeRounds,
      revealCloseRounds: schedule.revealCloseRounds,
      certifyRounds: schedule.certifyRounds,
      viewRounds: schedule.viewRounds,
      evidencePeriods: schedule.evidencePeriods,
    },
  }
}
