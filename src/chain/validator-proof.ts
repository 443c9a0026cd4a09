// A proof of what the beacon chain says of a validator, made from a beacon node's own answers: the state is hashed here,
// so that a node that lies or lags is noticed before anything is sent. What `BeaconChain.check` takes: the validator's
// fields and 50 siblings, from the validator up to the block's root (consensus specification, SSZ Merkle proofs).

import { Tree } from '@chainsafe/persistent-merkle-tree'
import { ssz } from '@lodestar/types'
import { fromHex, toHex } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { ConsensusNode, ProvableBlock, StateBytes } from './consensus.ts'
import type { ValidatorProof } from './pool-files.ts'

/** Forks whose state has the validators where the contract looks for them (Electra and later, field 11 of up to 64). */
const STATES = { electra: ssz.electra.BeaconState, fulu: ssz.fulu.BeaconState } as const
const isKnown = (version: string): version is keyof typeof STATES => Object.hasOwn(STATES, version)

const FAR_FUTURE = 2n ** 64n - 1n
/** The library tells the far future, 2^64 − 1, as infinity. */
const epoch = (value: number): bigint => (value === Infinity ? FAR_FUTURE : BigInt(value))

/** Of the finalized block. Faults: those of `ConsensusNode`, `consensus-fork`, `consensus-garbled`. */
export async function proveValidator(node: ConsensusNode, pubkey: Hex, signal: AbortSignal): Promise<ValidatorProof> {
  const block = await node.finalized(signal)
  const { stateRoot } = block.header
  const index = await node.indexOf(stateRoot, pubkey, signal)
  return proofFrom(block, await node.state(stateRoot, signal), index, pubkey)
}

export function proofFrom(block: ProvableBlock, state: StateBytes, index: number, pubkey: Hex): ValidatorProof {
  const { version } = state
  if (!isKnown(version))
    throw new Fault('consensus-fork', `the beacon chain is on the fork ${version}, which this version cannot prove`, {
      data: { version, known: Object.keys(STATES).join(' ') },
    })
  // One type for both: what is read of them is the same in each.
  const type = STATES[version] as typeof ssz.electra.BeaconState
  const view = viewOf(type, state.bytes)
  const header = ssz.phase0.BeaconBlockHeader.toView({
    slot: block.header.slot,
    proposerIndex: block.header.proposerIndex,
    parentRoot: fromHex(block.header.parentRoot),
    stateRoot: view.hashTreeRoot(),
    bodyRoot: fromHex(block.header.bodyRoot),
  })
  if (toHex(header.hashTreeRoot()) !== block.root)
    throw reject('consensus-garbled', 'the state does not belong to the block: ask another beacon node', {
      root: block.root,
    })
  if (index >= view.validators.length || toHex(view.validators.getReadonly(index).pubkey) !== pubkey.toLowerCase())
    throw reject('consensus-garbled', 'the state has another validator at this index: ask another beacon node', {
      index,
    })
  const validator = view.validators.getReadonly(index)
  const inState = new Tree(view.node).getSingleProof(type.getPathInfo(['validators', index]).gindex)
  const inHeader = new Tree(header.node).getSingleProof(ssz.phase0.BeaconBlockHeader.getPathInfo(['stateRoot']).gindex)
  return {
    timestamp: BigInt(block.timestamp),
    index: BigInt(index),
    effectiveBalance: BigInt(validator.effectiveBalance),
    slashed: validator.slashed,
    activationEligibilityEpoch: epoch(validator.activationEligibilityEpoch),
    activationEpoch: epoch(validator.activationEpoch),
    exitEpoch: epoch(validator.exitEpoch),
    withdrawableEpoch: epoch(validator.withdrawableEpoch),
    branch: [...inState, ...inHeader].map((sibling) => toHex(sibling)),
  }
}

function viewOf(type: typeof ssz.electra.BeaconState, bytes: Uint8Array) {
  try {
    return type.deserializeToViewDU(bytes)
  } catch (cause) {
    throw new Fault('consensus-garbled', 'the state is not the SSZ of its fork: ask another beacon node', { cause })
  }
}
