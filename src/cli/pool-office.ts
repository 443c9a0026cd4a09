// What all `stkr pool` commands share: finding the pools, the account that pays, reading what people type.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { openConsensusNode } from '../chain/consensus.ts'
import { openPoolDesk } from '../chain/micro-pools.ts'
import type { PoolDesk } from '../chain/micro-pools.ts'
import { parseProof } from '../chain/pool-files.ts'
import type { ValidatorProof } from '../chain/pool-files.ts'
import { loadKnobs } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { onChain } from './job-office.ts'
import { addKnobs } from './knobs.ts'
import type { SendFlags } from './sending.ts'
import { parseDecimal } from './units.ts'

export interface PoolFlags extends RawFlags, SendFlags {
  readonly json?: boolean
  readonly yes?: boolean
  readonly keyFile?: string
}

/** What the beacon chain says of a pool's validator, and who tells it. */
export interface ProofFlags {
  readonly beaconNode?: string
  readonly proof?: string
}

const { rpcUrls, microPools } = SIDECAR_KNOBS

/** Flags that say where the pools are. */
export function addPoolFlags(command: Command): Command {
  command.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
  addKnobs(command, { rpcUrls, microPools })
  return command
}

const whereOf = ({ rpcUrls: urls, microPools: address, dataDir }: RawFlags): RawFlags => ({
  ...(urls !== undefined && { rpcUrls: urls }),
  ...(address !== undefined && { microPools: address }),
  ...(dataDir !== undefined && { dataDir }),
})

/** Runs `use` at the pools' desk, with the account of `--key-file` (zero without one). */
export async function withPools<T>(flags: PoolFlags, use: (desk: PoolDesk, sender: Hex) => Promise<T>): Promise<T> {
  const found = loadKnobs(['rpcUrls', 'microPools'], whereOf(flags))
  const { microPools: address } = found
  if (address === undefined) throw new Fault('usage', 'which pools? give --micro-pools, or set it in config.yaml')
  return onChain(found.rpcUrls, flags.keyFile, async (account) =>
    use(await openPoolDesk(address, account), account.outbox.sender),
  )
}

export function addressOf(text: string, what: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text))
    throw new Fault('usage', `${what} is an address, 0x and 40 hex digits, not ${JSON.stringify(text)}`)
  return text.toLowerCase() as Hex
}

export function etherOf(text: string, what: string): bigint {
  const amount = parseDecimal(text, 18, what)
  if (amount === 0n) throw new Fault('usage', `${what} is more than nothing`)
  return amount
}

/** A file that another tool made. Fault `usage`. */
export function readText(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('usage', `${file} cannot be read: check the path given with ${flag}`, { cause })
  }
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
  if (pubkey === '0x') throw new Fault('usage', 'the pool has no validator yet: stkr pool start')
  // Only here: the types of all forks take a second and 60 MB.
  const { proveValidator } = await import('../chain/validator-proof.ts')
  return proveValidator(openConsensusNode(beaconNode), pubkey, signal)
}
