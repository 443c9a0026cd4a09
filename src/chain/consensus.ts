// A beacon node asked over the standard Beacon API (ethereum/beacon-APIs) for what a proof about a validator needs: a
// finalized block with one that follows it, and the state it left. Answers are bounded and checked for form; whether they
// are true is checked by hashing (validator-proof.ts) and by the contract.

import * as z from 'zod'
import { readBounded } from '../core/bounded.ts'
import { Fault, reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { hostOf } from './endpoint.ts'

/** Mainnet's state is about 300 MB today. */
const STATE_MAX_BYTES = 2 ** 30
const JSON_MAX_BYTES = 2 ** 20
/** A node may have to rebuild a state that it does not keep. */
const TIMEOUT_MS = 180_000

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))
const bytes32 = hex(32).transform((text) => text.toLowerCase() as Hex)
const number = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,15})$/)
  .transform(Number)
  .refine(Number.isSafeInteger)

const Header = z.object({
  root: bytes32,
  canonical: z.boolean(),
  header: z.object({
    message: z.object({
      slot: number,
      proposer_index: number,
      parent_root: bytes32,
      state_root: bytes32,
      body_root: bytes32,
    }),
  }),
})
const ANSWERS = {
  header: z.object({ data: Header }),
  headers: z.object({ data: z.array(Header).max(64) }),
  genesis: z.object({ data: z.object({ genesis_time: number }) }),
  spec: z.object({ data: z.object({ SECONDS_PER_SLOT: number }) }),
  validator: z.object({ data: z.object({ index: number, validator: z.object({ pubkey: hex(48) }) }) }),
} as const

export interface BlockHeader {
  readonly slot: number
  readonly proposerIndex: number
  readonly parentRoot: Hex
  readonly stateRoot: Hex
  readonly bodyRoot: Hex
}

/** What EIP-4788 will be asked about, and what it is made of. */
export interface ProvableBlock {
  readonly root: Hex
  readonly header: BlockHeader
  /** Of the execution block that follows, Unix seconds: EIP-4788 keeps `root` under it. */
  readonly timestamp: number
}

export interface StateBytes {
  /** A fork's name in lower case, as `Eth-Consensus-Version` has it. */
  readonly version: string
  /** The state in SSZ. */
  readonly bytes: Uint8Array
}

/** Faults of all: `consensus-unreachable`, `consensus-status`, `consensus-garbled`. */
export interface ConsensusNode {
  /** The last finalized block that another follows. */
  readonly finalized: (signal: AbortSignal) => Promise<ProvableBlock>
  readonly state: (root: Hex, signal: AbortSignal) => Promise<StateBytes>
  /** Fault `validator-unknown` where the state has none with this key. */
  readonly indexOf: (stateRoot: Hex, pubkey: Hex, signal: AbortSignal) => Promise<number>
}

export function openConsensusNode(url: string): ConsensusNode {
  const base = url.replace(/\/+$/, '')
  const node = hostOf(url)

  async function get(path: string, accept: string, most: number, signal: AbortSignal) {
    try {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
      const response = await fetch(`${base}${path}`, { headers: { accept }, redirect: 'error', signal: bounded })
      const body = await readBounded(response.body, most)
      if (body === undefined) throw reject('consensus-garbled', `the answer to ${path} exceeds ${most} bytes`, { node })
      return { status: response.status, version: response.headers.get('eth-consensus-version'), body }
    } catch (cause) {
      if (cause instanceof Fault || signal.aborted) throw cause
      throw new Fault('consensus-unreachable', 'the beacon node does not answer: check the address, and that it runs', {
        data: { node, path },
        cause,
      })
    }
  }

  const failed = (path: string, status: number): Fault =>
    new Fault('consensus-status', `the beacon node answered ${path} with the error status ${status}`, {
      data: { node, path, status },
    })

  async function find<Name extends keyof typeof ANSWERS>(
    name: Name,
    path: string,
    signal: AbortSignal,
  ): Promise<z.infer<(typeof ANSWERS)[Name]>['data'] | undefined> {
    const { status, body } = await get(path, 'application/json', JSON_MAX_BYTES, signal)
    if (status === 404) return undefined
    if (status !== 200) throw failed(path, status)
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder().decode(body))
    } catch {
      throw reject('consensus-garbled', `the answer to ${path} is not JSON`, { node })
    }
    const parsed = ANSWERS[name].safeParse(value)
    if (parsed.success) return parsed.data.data
    const where = parsed.error.issues[0]?.path.join('.') ?? ''
    throw reject('consensus-garbled', `the answer to ${path} is not what the API says: ${where}`, { node })
  }

  async function need<Name extends keyof typeof ANSWERS>(name: Name, path: string, signal: AbortSignal) {
    const found = await find(name, path, signal)
    if (found === undefined) throw failed(path, 404)
    return found
  }

  return {
    finalized: async (signal) => {
      const [block, genesis, spec] = await Promise.all([
        need('header', '/eth/v1/beacon/headers/finalized', signal),
        need('genesis', '/eth/v1/beacon/genesis', signal),
        need('spec', '/eth/v1/config/spec', signal),
      ])
      const { message } = block.header
      const after = await need('headers', `/eth/v1/beacon/headers?parent_root=${block.root}`, signal)
      const next = after.find(({ canonical, header }) => canonical && header.message.parent_root === block.root)
      if (next === undefined)
        throw reject('consensus-garbled', 'no block follows the finalized one: is the node following the chain?', {
          node,
        })
      return {
        root: block.root,
        header: {
          slot: message.slot,
          proposerIndex: message.proposer_index,
          parentRoot: message.parent_root,
          stateRoot: message.state_root,
          bodyRoot: message.body_root,
        },
        // Consensus specification, `compute_time_at_slot`: what every execution payload's timestamp must be.
        timestamp: genesis.genesis_time + next.header.message.slot * spec.SECONDS_PER_SLOT,
      }
    },
    state: async (root, signal) => {
      const path = `/eth/v2/debug/beacon/states/${root}`
      const { status, version, body } = await get(path, 'application/octet-stream', STATE_MAX_BYTES, signal)
      if (status !== 200) throw failed(path, status)
      if (version === null) throw reject('consensus-garbled', `the answer to ${path} names no fork`, { node })
      return { version: version.toLowerCase(), bytes: body }
    },
    indexOf: async (stateRoot, pubkey, signal) => {
      const found = await find('validator', `/eth/v1/beacon/states/${stateRoot}/validators/${pubkey}`, signal)
      if (found === undefined)
        throw new Fault(
          'validator-unknown',
          'the finalized state has no validator with this key yet: ask again later',
          {
            data: { node, pubkey },
          },
        )
      return found.index
    },
  }
}
