// What all `stkr pool` commands share: finding the pools and the account that pays.

import type { Command } from 'commander'
import { openConsensusNode } from '../chain/consensus.ts'
import { openPoolDesk } from '../chain/micro-pools.ts'
import type { PoolDesk } from '../chain/micro-pools.ts'
import { parseProof } from '../chain/pool-files.ts'
import type { ValidatorProof } from '../chain/pool-files.ts'
import { loadKnobs } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { addPlaceFlags, onChain, placeOf } from './account.ts'
import { readText } from './arguments.ts'
import type { PayFlags } from './sending.ts'

/** What the beacon chain says of a pool's validator, and who tells it. */
export interface ProofFlags {
  readonly beaconNode?: string
  readonly proof?: string
}

const PLACE = ['rpcUrls', 'microPools'] as const

/** Flags that say where the pools are. */
export const addPoolFlags = (command: Command): Command => addPlaceFlags(command, PLACE)

/** Runs `use` at the pools' desk, with the account of `--key-file` (zero without one). */
export async function withPools<T>(flags: PayFlags, use: (desk: PoolDesk, sender: Hex) => Promise<T>): Promise<T> {
  const { microPools: address } = loadKnobs(PLACE, placeOf(flags, PLACE))
  if (address === undefined) throw new Fault('usage', 'which pools? give --micro-pools, or set it in config.yaml')
  return onChain(flags, flags.keyFile, async (account) =>
    use(await openPoolDesk(address, account), account.outbox.sender),
  )
}

export const addProofFlags = (command: Command): Command =>
  command
    .option('--beacon-node <url>', 'make the proof from this beacon node: its Beacon API with debug states')
    .option(
      '--proof <file>',
      'a proof made elsewhere: timestamp, index, validator as the beacon API tells it, and the 50 hashes of its branch',
    )

/** Nothing where no proof is asked for. Faults: `usage`, `proof-file`, those of `proveValidator`. */
export async function proofOf(
  flags: ProofFlags,
  pubkey: Hex,
  signal: AbortSignal,
): Promise<ValidatorProof | undefined> {
  const { beaconNode, proof } = flags
  if (beaconNode !== undefined && proof !== undefined)
    throw new Fault('usage', 'either --beacon-node or --proof, not both')
  if (proof !== undefined) return parseProof(readText(proof, '--proof'))
  if (beaconNode === undefined) return undefined
  if (!URL.canParse(beaconNode) || !/^https?:$/.test(new URL(beaconNode).protocol))
    throw new Fault('usage', '--beacon-node is an http address, such as http://127.0.0.1:5052')
  if (pubkey === '0x') throw new Fault('usage', 'the pool has no validator yet: stkr pool predeposit')
  // Only here: the types of all forks take a second and 60 MB.
  const { proveValidator } = await import('../chain/validator-proof.ts')
  return proveValidator(openConsensusNode(beaconNode), pubkey, signal)
}
