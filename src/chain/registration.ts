// Entering the registry: proves that we hold the keys, approves the stake, registers. It promises to be safe to repeat:
// a sidecar whose record key is registered already gets the same id back, and nothing is paid twice.

import { concatBytes, fromHex, keccak256, taggedHash, toHex, utf8ToBytes, wordOf } from '../core/bytes.ts'
import { expandG1, expandG2 } from '../core/eip2537.ts'
import { reject } from '../core/errors.ts'
import type { CertificateSigner, RecordSigner } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { findContracts } from './handles.ts'
import type { Handles } from './handles.ts'
import type { Outbox } from './outbox.ts'
import { parityOf } from './parity.ts'
import type { Provider } from './rpc.ts'

export interface RegistrationKeys {
  readonly record: RecordSigner
  readonly certificate: CertificateSigner
  /** Raw Ed25519 public key of the libp2p host, 32 bytes. */
  readonly peerKey: Uint8Array
}

export interface RegistrationOptions {
  readonly ledger: Hex
  /** ANKR base units, at least the registry's minimum; undefined stakes that minimum. */
  readonly stake?: bigint
}

export interface RegistrationDeps {
  readonly provider: Provider
  /** Its sender becomes the owner (the provider) and pays stake and gas. */
  readonly outbox: Outbox
}

export interface Registered {
  readonly id: number
  readonly owner: Hex
  readonly stake: bigint
  /** First epoch as a member. */
  readonly entryEpoch: bigint
}

const REGISTRATION_TYPEHASH = keccak256(utf8ToBytes('Registration(address owner,bytes32 peerKey,bytes32 blsKeyHash)'))

/** What `register` takes. `separator` is the network's (EIP-712). */
export function buildApplication(keys: RegistrationKeys, owner: Hex, separator: Uint8Array, stake: bigint) {
  const blsKey = expandG1(keys.certificate.publicKey)
  const blsKeyHash = keccak256(blsKey)
  const pop = taggedHash('stkr.pop', separator, wordOf(owner), blsKeyHash)
  const struct = keccak256(REGISTRATION_TYPEHASH, wordOf(owner), keys.peerKey, blsKeyHash)
  const digest = keccak256(new Uint8Array([0x19, 0x01]), separator, struct)
  const signature = keys.record.sign(digest)
  return {
    signer: keys.record.address,
    peerKey: toHex(keys.peerKey),
    blsKey: toHex(blsKey),
    blsProof: toHex(expandG2(keys.certificate.sign(pop))),
    signerProof: toHex(concatBytes(signature, new Uint8Array([parityOf(digest, signature, keys.record.address)]))),
    stake,
  }
}

async function lookUp({ sidecars }: Handles, signer: Hex): Promise<Registered | undefined> {
  const id = await sidecars.read('idOfSigner', [signer])
  if (id === 0) return undefined
  const { owner, stake, entryEpoch } = await sidecars.read('sidecar', [id])
  return { id, owner, stake, entryEpoch }
}

async function approve({ token, sidecars }: Handles, { outbox }: RegistrationDeps, amount: bigint): Promise<void> {
  if ((await token.read('allowance', [outbox.sender, sidecars.address])) >= amount) return
  const call = token.call('approve', [sidecars.address, amount])
  await outbox.submit({ key: `approve:${sidecars.address}`, ...call })
}

/**
 * Registers the sidecar with these keys, or finds it registered. Resolves when it is on chain.
 * Faults: `revert-…` (the registry's reason, e.g. `revert-stake-too-low`), `registered-by-other`, those of the outbox.
 */
export async function register(
  options: RegistrationOptions,
  keys: RegistrationKeys,
  deps: RegistrationDeps,
): Promise<Registered> {
  const { outbox, provider } = deps
  const handles = await findContracts(provider, options.ledger)
  const known = await lookUp(handles, keys.record.address)
  if (known && known.owner !== outbox.sender)
    throw reject('registered-by-other', `this record key is registered by ${known.owner}`, { ...known })
  if (known) return known
  const { minStake } = await handles.sidecars.read('params', [])
  const stake = options.stake ?? minStake
  const separator = fromHex(await handles.sidecars.read('domainSeparator', []))
  const application = buildApplication(keys, outbox.sender, separator, stake)
  await approve(handles, deps, stake)
  const call = handles.sidecars.call('register', [application])
  await outbox.submit({ key: `register:${application.signer}`, ...call })
  const registered = await lookUp(handles, keys.record.address)
  if (!registered)
    throw reject('not-registered', 'the registration was mined, but the registry does not know it', {
      signer: application.signer,
    })
  return registered
}
