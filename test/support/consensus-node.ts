// A beacon node that proofs are made from: the finalized block of a chain whose state is a real one of the Fulu fork, by
// the library's own types, and the block after it. It answers what the standard Beacon API (ethereum/beacon-APIs) says.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ssz } from '@lodestar/types'
import { keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import type { Hex } from '../../src/core/types.ts'
import { FAR_FUTURE } from './beacon-ssz.ts'
import type { ValidatorFields } from './beacon-ssz.ts'

const SLOT = 9_000_000
const SECONDS_PER_SLOT = 12
const filler = (name: string): Uint8Array => keccak256(utf8ToBytes(name))
const epochOf = (value: bigint): number => (value === FAR_FUTURE ? Infinity : Number(value))

export interface ConsensusNodeDouble {
  readonly url: string
  /** What is answered instead, by the end of a path: a status, or a body. */
  readonly instead: Map<string, number | string | Uint8Array>
  /** The fork it says the state is of. */
  version: string
  /** The finalized state from now on, followed by a block of `timestamp` (Unix seconds); returns the block's root. */
  readonly finalize: (validator: ValidatorFields, index: number, timestamp: number) => Hex
  readonly close: () => Promise<void>
}

function stateWith(fields: ValidatorFields, index: number): ReturnType<typeof ssz.fulu.BeaconState.defaultValue> {
  const state = ssz.fulu.BeaconState.defaultValue()
  state.slot = SLOT
  const { pubkey, withdrawalCredentials, effectiveBalance, slashed } = fields
  const validator = {
    ...{ pubkey, withdrawalCredentials, slashed },
    effectiveBalance: Number(effectiveBalance),
    activationEligibilityEpoch: epochOf(fields.activationEligibilityEpoch),
    activationEpoch: epochOf(fields.activationEpoch),
    exitEpoch: epochOf(fields.exitEpoch),
    withdrawableEpoch: epochOf(fields.withdrawableEpoch),
  }
  for (let i = 0; i < index + 3; i++)
    state.validators.push(
      i === index
        ? validator
        : { ...ssz.phase0.Validator.defaultValue(), withdrawalCredentials: filler(`credentials ${i}`) },
    )
  return state
}

export async function startConsensusNode(): Promise<ConsensusNodeDouble> {
  const answers = new Map<string, object | Uint8Array>()
  const instead = new Map<string, number | string | Uint8Array>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const other = [...instead].find(([end]) => path.endsWith(end))?.[1]
    const answer = answers.get(path)
    response.setHeader('eth-consensus-version', double.version)
    if (typeof other === 'number' || (other === undefined && answer === undefined))
      response.writeHead(Number(other ?? 404)).end(JSON.stringify({ code: other ?? 404, message: 'not here' }))
    else if (other !== undefined) response.end(other)
    else response.end(answer instanceof Uint8Array ? answer : JSON.stringify({ data: answer }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo

  const finalize = (fields: ValidatorFields, index: number, timestamp: number): Hex => {
    const state = stateWith(fields, index)
    const stateRoot = ssz.fulu.BeaconState.hashTreeRoot(state)
    const rest = { slot: SLOT, proposerIndex: 17, parentRoot: filler('parent'), bodyRoot: filler('body') }
    const root = toHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot({ ...rest, stateRoot }))
    const message = {
      slot: String(rest.slot),
      proposer_index: String(rest.proposerIndex),
      parent_root: toHex(rest.parentRoot),
      state_root: toHex(stateRoot),
      body_root: toHex(rest.bodyRoot),
    }
    const next = { ...message, slot: String(SLOT + 2), parent_root: root }
    const header = (of: Hex, inside: object) => ({ root: of, canonical: true, header: { message: inside } })
    answers.clear()
    answers.set('/eth/v1/beacon/headers/finalized', header(root, message))
    answers.set(`/eth/v1/beacon/headers?parent_root=${root}`, [header(toHex(filler('next')), next)])
    answers.set('/eth/v1/beacon/genesis', { genesis_time: String(timestamp - (SLOT + 2) * SECONDS_PER_SLOT) })
    answers.set('/eth/v1/config/spec', { SECONDS_PER_SLOT: String(SECONDS_PER_SLOT) })
    answers.set(`/eth/v2/debug/beacon/states/${toHex(stateRoot)}`, ssz.fulu.BeaconState.serialize(state))
    const pubkey = toHex(fields.pubkey)
    answers.set(`/eth/v1/beacon/states/${toHex(stateRoot)}/validators/${pubkey}`, {
      index: String(index),
      validator: { pubkey },
    })
    return root
  }
  const close = (): Promise<void> => new Promise((closed) => void server.close(() => closed()))
  const double: ConsensusNodeDouble = { url: `http://127.0.0.1:${port}`, instead, version: 'fulu', finalize, close }
  return double
}
