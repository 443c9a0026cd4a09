// Leaves of posted periods for commands that show the contracts what audits found: from any peer, or from files that
// `stkr verify` saved, always checked against the root on chain.

import type { Command } from 'commander'
import { decodeBundle } from '../audit/bundle.ts'
import { isSummary } from '../audit/summaries.ts'
import { leafProof } from '../audit/tree.ts'
import { loadKnobs } from '../config/load.ts'
import type { RawFlags } from '../config/resolve.ts'
import { Fault } from '../core/errors.ts'
import type { Hex, Leaf, Network, ProvenLeaf } from '../core/types.ts'
import { withStranger } from '../stranger.ts'
import { placeOf } from './account.ts'
import { bundleFromFile, untilFound } from './evidence.ts'

const LIMIT_MS = 30_000

export interface LeafFlags extends RawFlags {
  readonly bundle?: readonly string[]
  readonly peer?: readonly string[]
}

/** Leaves of a posted period as somebody gave them, unchecked; undefined: nobody has them. */
export type Leaves = (period: number) => Promise<readonly Leaf[] | undefined>

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

export const addLeafFlags = (command: Command): Command =>
  command
    .option('--peer <multiaddr>', 'ask this peer for the leaves; repeatable (default: the bootstrap peers)', collect)
    .option('--bundle <file>', 'leaves out of a file that stkr verify saved; repeatable', collect)

function fromFiles(files: readonly string[]): Leaves {
  const known = new Map(
    files.map((file) => {
      const { header, leaves } = decodeBundle(bundleFromFile(file))
      return [header.period, leaves] as const
    }),
  )
  return async (period) => known.get(period)
}

/** Runs `use` with somebody who has leaves. Faults: `usage` (nobody to ask), `bundle-…`, `peer-unreachable`. */
export async function withLeaves<T>(
  flags: LeafFlags,
  network: Pick<Network, 'chainId' | 'sidecars'>,
  ended: AbortSignal,
  use: (leavesOf: Leaves) => Promise<T>,
): Promise<T> {
  if (flags.bundle !== undefined) return use(fromFiles(flags.bundle))
  const peers = flags.peer ?? loadKnobs(['bootstrap'], placeOf(flags, [])).bootstrap
  if (peers.length === 0)
    throw new Fault('usage', 'there is nobody to ask for the leaves: give --peer or --bundle, or set bootstrap peers')
  const signal = AbortSignal.any([ended, AbortSignal.timeout(LIMIT_MS)])
  return withStranger(network, peers, signal, ({ evidence }) =>
    use((period) =>
      untilFound(
        () => evidence.summary(period, signal),
        (found) => found !== undefined,
        signal,
      ),
    ),
  )
}

/** Faults: `check-not-posted`, `bundle-missing`, `check-evidence`, `check-no-member`. */
export async function provenIn(
  period: number,
  sidecar: number,
  desk: { readonly rootOf: (period: number) => Promise<Hex> },
  leavesOf: Leaves,
): Promise<ProvenLeaf> {
  const root = await desk.rootOf(period)
  const leaves = await leavesOf(period)
  if (!leaves) throw new Fault('bundle-missing', `nobody has the leaves of period ${period}: ask another with --peer`)
  if (!isSummary(root, leaves))
    throw new Fault('check-evidence', `the leaves of period ${period} do not make the root on chain: ask another peer`)
  const leaf = leaves.find(({ id }) => id === sidecar)
  if (!leaf) throw new Fault('check-no-member', `sidecar ${sidecar} was no member in period ${period}`)
  return { period, leaf, proof: leafProof(leaves, leaf.slot) }
}
