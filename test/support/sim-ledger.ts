// The chain of a simulation: what the contracts would check, at once and for free. One shared state, one handle for each
// sidecar, so that a single node can be cut off. Transactions take a while to land; a reorganisation takes back the newest.

import { Fault } from '../../src/core/errors.ts'
import type { Bls, Clock, Ledger, RecordVerifier } from '../../src/core/ports.ts'
import type { Network, PostedPeriod, Roster, SignedRecord } from '../../src/core/types.ts'
import { contentOf } from '../../src/audit/result.ts'
import { certificateFlaw } from '../../src/round/certificate.ts'
import { drawCommittee, seatSeed } from '../../src/round/committee.ts'
import type { Committee } from '../../src/round/committee.ts'
import { contradicts, isSignedBy } from '../../src/round/record.ts'

export interface SimLedger {
  handle(node: number): Ledger
  readonly posted: readonly PostedPeriod[]
  /** Ids slashed, in order. */
  readonly slashed: readonly number[]
  /** Transactions that changed something and those that came too late. */
  readonly landed: number
  readonly wasted: number
  /** Takes back the newest posted period. */
  reorganise(): void
  /** Nodes whose RPC endpoint does not answer. */
  readonly unreachable: Set<number>
}

interface LedgerDeps {
  readonly clock: Clock
  readonly bls: Bls
  readonly verifier: RecordVerifier
  readonly landingMs: number
}

export function createSimLedger(network: Network, rosterOf: (epoch: number) => Roster, deps: LedgerDeps): SimLedger {
  let posted: PostedPeriod[] = []
  const slashed: number[] = []
  const seats = new Map<number, Committee>()
  const unreachable = new Set<number>()
  const count = { landed: 0, wasted: 0 }
  const landing = (): Promise<void> =>
    new Promise((resolve) => deps.clock.at(deps.clock.now() + deps.landingMs, resolve))

  function signedBy(a: SignedRecord): boolean {
    const member = rosterOf(0).members.find(({ id }) => id === a.author)
    return member !== undefined && isSignedBy(deps.verifier, network.separator, member, a)
  }

  const handle = (node: number): Ledger => {
    const reach = (): void => {
      if (unreachable.has(node)) throw new Fault('rpc-unreachable', 'the endpoint does not answer')
    }
    return {
      async network() {
        return network
      },
      async roster(epoch) {
        reach()
        return rosterOf(epoch)
      },
      async lastPosted() {
        reach()
        return posted.at(-1)
      },
      async posted(period) {
        reach()
        return posted.find((one) => one.period === period)
      },
      async seat(epoch, beacon, roster) {
        reach()
        const seed = seatSeed(network.separator, epoch, beacon.randomness)
        if (!seats.has(epoch)) seats.set(epoch, drawCommittee(roster, network.schedule.seatsMax, seed))
      },
      async post(result, certificate) {
        reach()
        await landing()
        reach()
        const done = posted.find(({ period }) => period === result.period)
        const last = posted.at(-1)
        if (done || last?.period !== result.base?.period || last?.root !== result.base?.root) {
          count.wasted++
          if (done) return { tx: undefined, gasUsed: 0n, ours: false }
          throw new Fault('post-superseded', 'the base is not the newest period')
        }
        const committee = seats.get(certificate.epoch)
        if (!committee) throw new Fault('post-refused', 'the committee is not seated')
        const content = contentOf(result.base, result.root, result.contentId)
        const flaw = certificateFlaw(deps.bls, committee, network.separator, { ...certificate, content })
        if (flaw) throw new Fault('post-refused', flaw)
        posted = [...posted, { period: result.period, root: result.root, contentId: result.contentId }]
        count.landed++
        return { tx: undefined, gasUsed: 230_000n, ours: true }
      },
      async slash(a, b) {
        reach()
        if (slashed.includes(a.author)) return
        if (!contradicts(a, b) || !signedBy(a) || !signedBy(b)) throw new Fault('slash-refused', 'not an equivocation')
        slashed.push(a.author)
      },
    }
  }

  return {
    handle,
    get posted() {
      return posted
    },
    slashed,
    get landed() {
      return count.landed
    },
    get wasted() {
      return count.wasted
    },
    reorganise: () => (posted = posted.slice(0, -1)),
    unreachable,
  }
}
