// One holder of a threshold key as a running thing: its host, its part in the ceremony, its share behind the same door
// afterwards, and signatures it collects. What `stkr custody` runs on a holder's machine and what the groups of a local
// network are made of. It keeps nothing on disk itself: whoever opens it says where shares, approvals and nonces go.

import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from './core/errors.ts'
import type { CustodyAnswer, CustodyRequest } from './core/custody-wire.ts'
import type { Log } from './core/ports.ts'
import { createCeremony } from './custody/ceremony.ts'
import type { CeremonyDeps } from './custody/ceremony.ts'
import { isConfirmed } from './custody/confirming.ts'
import { collect } from './custody/coordinator.ts'
import type { Collected } from './custody/coordinator.ts'
import type { MadeKey } from './custody/dkg.ts'
import type { GroupFile } from './custody/group-file.ts'
import { holderOf, holderSign } from './custody/group.ts'
import type { KeyedGroup } from './custody/group.ts'
import { askHolders, createServing } from './custody/serving.ts'
import type { Served } from './custody/serving.ts'
import { createSigner } from './custody/signer.ts'
import type { SignerDeps } from './custody/signer.ts'
import { systemRandom } from './system.ts'

export interface HolderOptions {
  readonly file: GroupFile
  /** Own number in the group. */
  readonly self: number
  /** Ed25519 seed of this holder's peer, 32 bytes. */
  readonly seed: Uint8Array
  /** Multiaddrs to listen on; empty for one that only asks. */
  readonly listen: readonly string[]
}

/** What a holder that signs needs of its disk, and whom it tells. */
export interface ServingDeps extends Pick<SignerDeps, 'isApproved' | 'spend'> {
  readonly onServed: (served: Served) => void
}

/** Collects the signature of a digest, 32 bytes, itself among those asked. Fault `custody-too-few`. */
export type CollectSignature = (digest: Uint8Array, signal: AbortSignal) => Promise<Collected>

export interface Holder {
  start(): Promise<void>
  /** Closes every connection; may be called twice. */
  stop(): Promise<void>
  /** Where it listens. */
  addresses(): readonly string[]
  /** Takes part in the ceremony until all have the key. Faults: those of `Ceremony.run`. */
  makeKey(deps: Pick<CeremonyDeps, 'store' | 'onProgress'>, stop: AbortSignal, limit: AbortSignal): Promise<MadeKey>
  /** True as soon as another holder has this key confirmed; false when the signal aborted before. */
  isConfirmed(key: KeyedGroup, signal: AbortSignal): Promise<boolean>
  /** From now on answers those who collect signatures of approved digests. */
  serve(key: MadeKey, deps: ServingDeps): CollectSignature
}

const pause = async (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined)

/** Not started. Faults: `bad-address`. */
export async function createHolder({ file, self, seed, listen }: HolderOptions, log: Log): Promise<Holder> {
  const { createCustodyHost } = await import('./p2p/custody.ts')
  const { group, addresses } = file
  let answer: ((request: CustodyRequest, from: number) => CustodyAnswer) | undefined
  const host = await createCustodyHost(
    { secretKey: seed, listen, addresses },
    {
      log,
      onRequest: async (request, from) => {
        const holder = holderOf(group, from)
        if (!answer || holder === undefined) throw new Fault('refused', 'not ready yet')
        return answer(request, holder)
      },
    },
  )
  const ask = async (holder: number, request: CustodyRequest, signal: AbortSignal): Promise<CustodyAnswer> =>
    host.ask(group.holders[holder] ?? new Uint8Array(), request, signal)

  return {
    start: host.start,
    stop: host.stop,
    addresses: host.addresses,
    makeKey: async (deps, stop, limit) => {
      const own = { random: systemRandom, sign: holderSign(seed), ask, pause }
      const ceremony = createCeremony(group, self, { ...deps, ...own })
      answer = ceremony.answer
      return ceremony.run(stop, limit)
    },
    isConfirmed: (key, signal) => isConfirmed(key, self, { ask, pause }, signal),
    serve: (key, { onServed, ...disk }) => {
      const signer = createSigner(key.group, key.own, { ...disk, random: systemRandom, sign: holderSign(seed) })
      const serving = createServing(key.group, signer, onServed)
      answer = serving
      const askAll = askHolders(key.group, { self, answer: serving }, ask)
      return async (digest, signal) => collect(key.group, { coordinator: self, digest }, askAll, signal)
    },
  }
}
