// Agreement on one digest: views, proposals, votes, certificate. The leader of a view proposes, members recompute and vote
// at most once per view (through the journal, in `say`), anybody adds q shares up. Views of one unit share their tally,
// because the digest does not name the view. Generic over what is computed; knows neither audits nor auctions.

import { toHex } from '../core/bytes.ts'
import type { Bls } from '../core/ports.ts'
import type { Hex, SignedRecord } from '../core/types.ts'
import { aggregate } from './certificate.ts'
import type { Aggregate } from './certificate.ts'
import type { Committee } from './committee.ts'
import { leaderSeat } from './committee.ts'
import { createLane } from './lane.ts'

/** What a proposal comes to when one computes it oneself; the digest is what members sign. */
export interface Computed<R> {
  readonly digest: Uint8Array
  readonly result: R
}

export interface AgreementOptions {
  readonly committee: Committee
  /** Draws the first leader. */
  readonly unitSeed: Uint8Array
  /** Our seat; undefined: we compute, count and aggregate, but never propose or vote. */
  readonly seat: number | undefined
}

export interface AgreementDeps<R> {
  readonly bls: Bls
  /** Body of our proposal, or undefined when there is nothing to propose (yet). */
  propose(view: number): Promise<Uint8Array | undefined>
  /** Recomputes a proposal; undefined when it is wrong or cannot be judged. */
  compute(proposal: SignedRecord): Promise<Computed<R> | undefined>
  /** Is there still something to agree on? False once a certificate is good enough. */
  open(): Promise<boolean>
  sayProposal(view: number, body: Uint8Array): Promise<void>
  /** Signs and publishes our vote, unless we voted in this view before. */
  sayVote(view: number, computed: Computed<R>): Promise<void>
  certified(computed: Computed<R>, aggregate: Aggregate): Promise<void>
  failed(step: string, error: unknown): void
}

export interface Agreement {
  /** `round` is handled and belongs to `view`. Returns at once. */
  enter(view: number, round: number): void
  /** An accepted proposal of `view`. */
  onProposal(view: number, proposal: SignedRecord): void
  /** An accepted vote; its share is checked when it is needed. */
  onVote(seat: number, digest: Uint8Array, share: Uint8Array): void
  /** A valid certificate over this digest exists: no need to make another. */
  settle(digest: Uint8Array): void
  /** Resolves when nothing is being computed. */
  idle(): Promise<void>
}

interface Tally {
  readonly shares: Map<number, Uint8Array>
  /** Seats whose share was bad: their later shares over the same digest are not taken either. */
  readonly barred: Set<number>
  quorumRound: number | undefined
}

// A leader waits one round for the slow when somebody is missing (an absentee costs gas); the others give it two or three.
const LEADER_PATIENCE_ROUNDS = 1
const MEMBER_PATIENCE_ROUNDS = 2
const OBSERVER_PATIENCE_ROUNDS = 3
/** Digests one member can put into the tally: honest ones change only when the base on chain does. */
const DIGESTS_MAX = 16

export function createAgreement<R>(options: AgreementOptions, deps: AgreementDeps<R>): Agreement {
  const { committee, unitSeed, seat } = options
  const computed = new Map<Hex, Computed<R>>()
  const leading = new Set<Hex>()
  const tallies = new Map<Hex, Tally>()
  const settled = new Set<Hex>()
  const proposing = createLane((error) => deps.failed('propose', error))
  const computing = createLane((error) => deps.failed('vote', error))
  const aggregating = createLane((error) => deps.failed('certify', error))
  let view = -1
  let round = 0
  /** Newest view we proposed in. */
  let proposed = -1

  const leads = (of: number): boolean => seat === leaderSeat(committee, unitSeed, of)

  function enter(newView: number, newRound: number): void {
    round = newRound
    view = Math.max(view, newView)
    // What could not be proposed yet (the chain is behind, a record is missing) gets another chance in each round.
    const current = view
    if (current > proposed && leads(current)) proposing.run(() => propose(current))
    aggregating.run(certifyDue)
  }

  async function propose(of: number): Promise<void> {
    if (!(await deps.open())) return
    const body = await deps.propose(of)
    if (!body || of <= proposed) return
    await deps.sayProposal(of, body)
    proposed = of
  }

  function onProposal(of: number, proposal: SignedRecord): void {
    // The view before may still finish: its votes add to the same tally. Older ones have had their chance.
    if (of >= view - 1) computing.run(() => judge(of, proposal))
  }

  async function judge(of: number, proposal: SignedRecord): Promise<void> {
    if (!(await deps.open())) return
    const mine = await deps.compute(proposal)
    if (!mine) return
    const key = toHex(mine.digest)
    computed.set(key, mine)
    if (leads(of)) leading.add(key)
    if (seat !== undefined) await deps.sayVote(of, mine)
    aggregating.run(certifyDue)
  }

  function onVote(from: number, digest: Uint8Array, share: Uint8Array): void {
    const key = toHex(digest)
    const tally = tallies.get(key) ?? { shares: new Map(), barred: new Set(), quorumRound: undefined }
    if (!tallies.has(key)) {
      if (countOf(from) >= DIGESTS_MAX) return
      tallies.set(key, tally)
    }
    if (tally.barred.has(from) || tally.shares.has(from)) return
    tally.shares.set(from, share)
    if (tally.shares.size >= committee.quorum) tally.quorumRound ??= round
    if (tally.shares.size === committee.seats.length) aggregating.run(certifyDue)
  }

  const countOf = (from: number): number => [...tallies.values()].filter(({ shares }) => shares.has(from)).length

  function isDue(key: Hex, tally: Tally): boolean {
    if (tally.quorumRound === undefined) return false
    const leader = leading.has(key)
    if (leader && tally.shares.size === committee.seats.length) return true
    const members = seat === undefined ? OBSERVER_PATIENCE_ROUNDS : MEMBER_PATIENCE_ROUNDS
    return round >= tally.quorumRound + (leader ? LEADER_PATIENCE_ROUNDS : members)
  }

  async function certifyDue(): Promise<void> {
    for (const [key, tally] of tallies) {
      const mine = computed.get(key)
      if (!mine || settled.has(key) || !isDue(key, tally)) continue
      const made = aggregate(deps.bls, committee, mine.digest, tally.shares)
      for (const bad of made.bad) {
        tally.shares.delete(bad)
        tally.barred.add(bad)
      }
      if (tally.shares.size < committee.quorum) tally.quorumRound = undefined
      if (!made.aggregate) continue
      settled.add(key)
      await deps.certified(mine, made.aggregate)
    }
  }

  return {
    enter,
    onProposal,
    onVote,
    settle: (digest) => void settled.add(toHex(digest)),
    idle: async () => {
      await Promise.all([proposing.idle(), computing.idle(), aggregating.idle()])
    },
  }
}
