// A threshold group of a local network: holders with keys of their own, each with a host on a port of its own, who make
// their key and sign by the same ceremony and the same rounds as `stkr custody` on as many machines. Promises that no host
// is left open after `close`, whatever it was doing. Shares are in memory alone: they end with the network.

import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { fromHex, toHex } from '../core/bytes.ts'
import { Fault, invariant } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Collected } from '../custody/coordinator.ts'
import { createDesk } from '../custody/desk.ts'
import type { Desk } from '../custody/desk.ts'
import type { GroupFile } from '../custody/group-file.ts'
import { makeGroup } from '../custody/group.ts'
import type { KeyedGroup } from '../custody/group.ts'
import { createHolder } from '../holder.ts'
import type { CollectSignature, Holder } from '../holder.ts'
import { writeNew } from '../keys/owner-only.ts'
import { peerIdOf } from '../p2p/peers.ts'
import { silentLog, systemClock, systemRandom } from '../system.ts'
import { freePorts } from './nodes.ts'

export interface GroupPlan {
  readonly name: string
  /** How many sign together. */
  readonly threshold: number
  /** How many there are, 2 or more. */
  readonly holders: number
}

export interface HolderGroup {
  /** The ceremony of all holders. Faults: those of `Holder.makeKey`. */
  makeKey(): Promise<KeyedGroup>
  /** Every holder approves `digest`, then one collects its signature. Needs the key. Fault `custody-too-few`. */
  sign(digest: Hex, note: string): Promise<Collected>
  /** May be called twice, and at any time. */
  close(): Promise<void>
}

export interface HolderGroupDeps {
  /** Where approvals and spent nonces of all holders are kept. */
  readonly folder: string
  readonly signal: AbortSignal
  /** A ceremony or a signature that takes longer has failed. */
  readonly limitMs: number
}

interface Placed {
  readonly file: GroupFile
  /** Of the peers, by holder. */
  readonly seeds: readonly Uint8Array[]
}

function place({ name, threshold, holders }: GroupPlan, ports: readonly number[]): Placed {
  const seeds = new Map(
    Array.from({ length: holders }, () => systemRandom(32)).map((seed) => [toHex(ed25519.getPublicKey(seed)), seed]),
  )
  const group = makeGroup({ name, threshold, holders: [...seeds.keys()].map((key) => fromHex(key, 32)) })
  const addresses = group.holders.map((key, i) => `/ip4/127.0.0.1/tcp/${ports[i]}/p2p/${peerIdOf(key).toString()}`)
  const seedOf = (key: Uint8Array): Uint8Array => {
    const seed = seeds.get(toHex(key))
    invariant(seed, 'each holder has a seed')
    return seed
  }
  return { file: { group, addresses }, seeds: group.holders.map(seedOf) }
}

const openHolder = ({ file, seeds }: Placed, self: number): Promise<Holder> => {
  const seed = seeds[self]
  invariant(seed, 'each holder has a seed')
  const listen = [(file.addresses[self] ?? '').replace(/\/p2p\/.*$/, '')]
  return createHolder({ file, self, seed, listen }, silentLog)
}

interface Signing {
  readonly desks: readonly Desk[]
  /** As the first holder does it. */
  readonly collect: CollectSignature
}

function createGroup(name: string, holders: readonly Holder[], deps: HolderGroupDeps): HolderGroup {
  const stopped = new AbortController()
  const signal = AbortSignal.any([deps.signal, stopped.signal])
  let starting: Promise<unknown> = Promise.resolve()
  let signing: Signing | undefined

  return {
    makeKey: async () => {
      if (signal.aborted) throw new Fault('interrupted', 'interrupted')
      starting = Promise.all(holders.map((holder) => holder.start()))
      await starting
      const limit = AbortSignal.timeout(deps.limitMs)
      const steps = { store: () => undefined, onProgress: () => undefined }
      const keys = await Promise.all(holders.map((holder) => holder.makeKey(steps, signal, limit)))
      const desks = keys.map(({ own }) => createDesk(join(deps.folder, name, String(own.holder)), writeNew))
      const collectors = holders.map((holder, i) => {
        const [key, desk] = [keys[i], desks[i]]
        invariant(key && desk, 'each holder has a key and a desk')
        return holder.serve(key, { ...desk, onServed: () => undefined })
      })
      const [[key], [collect]] = [keys, collectors]
      invariant(key && collect, 'a group has a holder')
      signing = { desks, collect }
      return key.group
    },

    sign: async (digest, note) => {
      invariant(signing, 'a group signs when it has a key')
      for (const desk of signing.desks) desk.approve({ digest, note, approvedAt: systemClock.now() })
      return signing.collect(fromHex(digest, 32), AbortSignal.any([signal, AbortSignal.timeout(deps.limitMs)]))
    },

    close: async () => {
      stopped.abort()
      // A host that is about to listen cannot be stopped before it does.
      await starting.catch(() => undefined)
      await Promise.all(holders.map((holder) => holder.stop()))
    },
  }
}

/** Groups on free ports of this machine, none of them listening yet. Fault `custody-group`. */
export async function createHolderGroups(
  plans: readonly GroupPlan[],
  deps: HolderGroupDeps,
): Promise<readonly HolderGroup[]> {
  // All at once: a port that was freed may be given out again.
  const ports = [...(await freePorts(plans.reduce((sum, { holders }) => sum + holders, 0)))]
  return Promise.all(
    plans.map(async (plan) => {
      const placed = place(plan, ports.splice(0, plan.holders))
      const holders = await Promise.all(placed.seeds.map((_, self) => openHolder(placed, self)))
      return createGroup(plan.name, holders, deps)
    }),
  )
}
