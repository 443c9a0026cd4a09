// A beacon node for a test: an HTTP server that answers the part of the standard Beacon API the sidecar asks, in the forms
// of the published schema (ethereum/beacon-APIs): 64-bit numbers are decimal text, 404 for an empty slot, errors as JSON.
// It has no consensus behind it: its blocks are hashes of their slots.
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { keccak256, toHex, word } from '../../src/core/bytes.ts'
import type { Hex } from '../../src/core/types.ts'

export interface BeaconFace {
  headSlot: number
  /** Slots without a block. */
  empty: ReadonlySet<number>
  health: number
  /** What is answered instead, by path: any JSON, or text as it is. */
  readonly instead: Map<string, unknown>
}

export interface BeaconNodeDouble {
  readonly url: string
  readonly face: BeaconFace
  readonly asked: string[]
  readonly close: () => Promise<void>
}

export const GENESIS_ROOT: Hex = `0x${'4b'.repeat(32)}`
export const rootOf = (slot: number): Hex => toHex(keccak256(word(slot)))

const zero = `0x${'00'.repeat(32)}`

const header = (slot: number): object => ({
  execution_optimistic: false,
  finalized: false,
  data: {
    root: rootOf(slot),
    canonical: true,
    header: {
      message: { slot: String(slot), proposer_index: '1', parent_root: zero, state_root: zero, body_root: zero },
      signature: `0x${'00'.repeat(96)}`,
    },
  },
})

const FIXED: Readonly<Record<string, object>> = {
  '/eth/v1/node/version': { data: { version: 'Double/v1.0.0 (x86_64-linux)' } },
  '/eth/v1/node/peer_count': { data: { disconnected: '3', connecting: '1', connected: '55', disconnecting: '0' } },
  '/eth/v1/beacon/genesis': {
    data: { genesis_time: '1606824023', genesis_validators_root: GENESIS_ROOT, genesis_fork_version: '0x00000000' },
  },
  '/eth/v1/beacon/states/head/fork': {
    execution_optimistic: false,
    finalized: false,
    data: { previous_version: '0x04000000', current_version: '0x05000000', epoch: '2' },
  },
  '/eth/v1/config/fork_schedule': {
    data: [
      { previous_version: '0x00000000', current_version: '0x04000000', epoch: '0' },
      { previous_version: '0x04000000', current_version: '0x05000000', epoch: '2' },
      { previous_version: '0x05000000', current_version: '0x06000000', epoch: '18446744073709551615' },
    ],
  },
}

function answerOf(face: BeaconFace, path: string): object | undefined {
  if (path === '/eth/v1/node/syncing')
    return {
      data: {
        head_slot: String(face.headSlot),
        sync_distance: '0',
        is_syncing: false,
        is_optimistic: false,
        el_offline: false,
      },
    }
  const asked = /^\/eth\/v1\/beacon\/headers\/(head|\d+)$/.exec(path)?.[1]
  if (asked === undefined) return FIXED[path]
  const slot = asked === 'head' ? face.headSlot : Number(asked)
  return slot > face.headSlot || face.empty.has(slot) ? undefined : header(slot)
}

function serve(face: BeaconFace, path: string, response: ServerResponse): void {
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
  }
  if (face.instead.has(path)) return json(200, face.instead.get(path))
  if (path === '/eth/v1/node/health') return void response.writeHead(face.health).end()
  const answer = answerOf(face, path)
  return answer ? json(200, answer) : json(404, { code: 404, message: 'not found' })
}

export async function startBeaconNode(change: Partial<BeaconFace> = {}): Promise<BeaconNodeDouble> {
  const face: BeaconFace = { headSlot: 100, empty: new Set(), health: 200, instead: new Map(), ...change }
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    serve(face, path, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    face,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** An answer of the double, as a plain object to change. */
export const goodAnswer = (path: string): object | undefined =>
  answerOf({ headSlot: 100, empty: new Set(), health: 200, instead: new Map() }, path)
