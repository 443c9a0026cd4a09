// The node beside the sidecar as an Ethereum beacon node over the standard Beacon API (ethereum/beacon-APIs). It promises
// that what it returns is in form and in range, whatever the node sends; not that it is true, which is what auditors are
// for. The API writes 64-bit numbers as decimal text.

import * as z from 'zod'
import { Fault } from '../core/errors.ts'
import type { Workload } from '../core/ports.ts'
import type { WorkloadStatus } from '../core/types.ts'
import { clientName, hash, shared } from './answers.ts'
import type { WorkloadOptions } from './execution.ts'
import { createHttp, errorStatus, garbled, jsonOf } from './http.ts'

/** Slots before the asked one that are looked at when it is empty: so many empty ones in a row are an outage. */
export const EMPTY_SLOTS_MAX = 8

const number = (most: number) =>
  z
    .string()
    .regex(/^(?:0|[1-9]\d{0,15})$/)
    .transform(Number)
    .refine((value) => value <= most)
const slot = number(Number.MAX_SAFE_INTEGER)
const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))

const data = <S extends z.ZodType>(shape: S) => z.object({ data: shape })
const SHAPES = {
  version: data(z.object({ version: z.string() })),
  syncing: data(
    z.object({
      head_slot: slot,
      sync_distance: slot,
      is_syncing: z.boolean(),
      is_optimistic: z.boolean().optional(),
      el_offline: z.boolean().optional(),
    }),
  ),
  peers: data(z.object({ connected: number(0xffff_ffff) })),
  genesis: data(z.object({ genesis_time: slot, genesis_validators_root: hex(32), genesis_fork_version: hex(4) })),
  header: data(z.object({ root: hex(32), canonical: z.boolean(), header: z.object({ message: z.object({ slot }) }) })),
  fork: data(z.object({ previous_version: hex(4), current_version: hex(4), epoch: slot })),
  /** The far future, 2^64 − 1, stands for a fork that is not scheduled. */
  schedule: data(z.array(z.object({ current_version: hex(4), epoch: z.string().regex(/^\d{1,20}$/) })).max(64)),
} as const
type Shapes = typeof SHAPES

export interface BeaconNode extends Workload {
  /** What makes it unfit although it answers: codes `beacon-optimistic`, `beacon-el-offline`, `beacon-fork`. */
  flaws(signal: AbortSignal): Promise<readonly Fault[]>
}

const SLOTS_PER_EPOCH = 32

/** Faults: those of `Http.ask`, `workload-status`, `workload-garbled`. */
export function createBeacon(options: WorkloadOptions): BeaconNode {
  const http = createHttp(options)

  async function read<Name extends keyof Shapes>(
    name: Name,
    path: string,
    signal: AbortSignal,
  ): Promise<z.infer<Shapes[Name]>['data'] | undefined> {
    const answer = await http.ask(path, path, signal, { headers: { accept: 'application/json' } })
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw errorStatus(path, answer.status)
    const parsed = SHAPES[name].safeParse(jsonOf(answer, path))
    if (!parsed.success) throw garbled(path, `not what the API says: ${parsed.error.issues[0]?.path.join('.') ?? ''}`)
    return parsed.data.data
  }

  async function need<Name extends keyof Shapes>(name: Name, path: string, signal: AbortSignal) {
    const found = await read(name, path, signal)
    if (found === undefined) throw errorStatus(path, 404)
    return found
  }

  /** 200: ready, 206: answers while it syncs. */
  async function health(signal: AbortSignal): Promise<void> {
    const path = '/eth/v1/node/health'
    const { status } = await http.ask(path, path, signal)
    if (status !== 200 && status !== 206) throw errorStatus(path, status)
  }

  async function ask(signal: AbortSignal): Promise<WorkloadStatus> {
    const [version, syncing, peers, genesis, head] = await Promise.all([
      need('version', '/eth/v1/node/version', signal),
      need('syncing', '/eth/v1/node/syncing', signal),
      need('peers', '/eth/v1/node/peer_count', signal),
      need('genesis', '/eth/v1/beacon/genesis', signal),
      need('header', '/eth/v1/beacon/headers/head', signal),
      health(signal),
    ])
    const behind = syncing.sync_distance
    return {
      client: clientName(version.version, '/eth/v1/node/version'),
      network: hash(genesis.genesis_validators_root, '/eth/v1/beacon/genesis'),
      headNumber: head.header.message.slot,
      headHash: hash(head.root, '/eth/v1/beacon/headers/head'),
      peers: peers.connected,
      // A node that says it is syncing is not done, even where it knows of no later slot yet.
      syncDistance: syncing.is_syncing ? Math.max(1, behind) : behind,
    }
  }

  async function proof(height: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (!Number.isSafeInteger(height) || height < 0) return undefined
    for (let at = height; at >= 0 && at > height - EMPTY_SLOTS_MAX; at--) {
      const path = `/eth/v1/beacon/headers/${at}`
      const found = await read('header', path, signal)
      if (!found) continue
      if (found.header.message.slot !== at || !found.canonical) throw garbled(path, 'another block')
      return hash(found.root, path)
    }
    return undefined
  }

  async function flaws(signal: AbortSignal): Promise<readonly Fault[]> {
    const [syncing, fork, schedule] = await Promise.all([
      need('syncing', '/eth/v1/node/syncing', signal),
      need('fork', '/eth/v1/beacon/states/head/fork', signal),
      need('schedule', '/eth/v1/config/fork_schedule', signal),
    ])
    const epoch = BigInt(Math.floor(syncing.head_slot / SLOTS_PER_EPOCH))
    const due = schedule
      .filter((one) => BigInt(one.epoch) <= epoch)
      .toSorted((a, b) => Number(a.epoch) - Number(b.epoch))
    const wanted = due.at(-1)?.current_version.toLowerCase()
    const found: Fault[] = []
    if (syncing.el_offline === true)
      found.push(new Fault('beacon-el-offline', 'the beacon node has lost its execution client: start it'))
    if (syncing.is_optimistic === true)
      found.push(new Fault('beacon-optimistic', 'the beacon node follows blocks its execution client has not verified'))
    if (wanted !== undefined && wanted !== fork.current_version.toLowerCase())
      found.push(new Fault('beacon-fork', 'the head is not on the fork that the schedule demands: upgrade the client'))
    return found
  }

  return { kind: 'ethereum-beacon', status: shared(ask), proof, flaws }
}
