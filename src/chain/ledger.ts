// The Ledger port over the contracts: what the chain knows, and the three things a sidecar tells it. It promises to look
// before it sends, to take "done already" for done whoever did it, and that what it sends is written down first (the
// outbox). It does not decide when to post or who should.

import { keccak256, toHex } from '../core/bytes.ts'
import { expandG1 } from '../core/eip2537.ts'
import { Fault, codeOf, reject } from '../core/errors.ts'
import type { Ledger, Posting } from '../core/ports.ts'
import type { AuditResult, Beacon, Certificate, Hex, Roster, SignedRecord } from '../core/types.ts'
import { createSeats, packCertificate } from './certificate.ts'
import type { BlockTag } from './contracts.ts'
import { findContracts } from './handles.ts'
import { readNetwork } from './network.ts'
import type { DrandHash } from './network.ts'
import type { Intent, Outbox } from './outbox.ts'
import { NO_PERIOD, createPostings } from './postings.ts'
import { createRosters } from './roster.ts'
import type { Provider } from './rpc.ts'

export interface LedgerOptions {
  /** The AuditLedger contract: the only address a sidecar is told. */
  readonly ledger: Hex
  /** Blocks on top, counting its own, before what a block says is believed; 1 on a local chain. */
  readonly confirmations: number
}

export interface LedgerDeps {
  readonly provider: Provider
  readonly outbox: Outbox
  readonly drandHash: DrandHash
}

const superseded = (period: number): Fault =>
  reject('post-superseded', `period ${period} cannot be posted like this any more: the chain has moved on`, { period })

/** What the contract says to a result whose time is over, or that builds on another base. */
const MOVED_ON: readonly string[] = ['revert-base-mismatch', 'revert-period-not-after-last']

/** Finds the contracts. Faults: `contract-missing`, `rpc-unreachable`; `network-mismatch`. */
export async function createLedger(options: LedgerOptions, deps: LedgerDeps): Promise<Ledger> {
  const { provider, outbox } = deps
  const handles = await findContracts(provider, options.ledger)
  const { ledger, sidecars, committee } = handles
  const network = await readNetwork(handles, provider, deps.drandHash)

  const readAt = async (): Promise<BlockTag> =>
    options.confirmations <= 1 ? 'latest' : Math.max(0, (await provider.getBlockNumber()) - options.confirmations + 1)
  const postings = createPostings(ledger, provider, async () => network, readAt)

  /**
   * Sends unless `done`, and takes anybody's doing it for ours to have done: a failure counts only if it is still not
   * done afterwards.
   */
  async function ensure(intent: Omit<Intent, 'obsolete'>, done: () => Promise<boolean>): Promise<void> {
    if (await done()) return
    const obsolete = async () => ((await done()) ? 'done-already' : undefined)
    try {
      await outbox.submit({ ...intent, obsolete })
    } catch (error) {
      if (!(await done())) throw error
    }
  }

  async function seat(epoch: number, beacon: Beacon): Promise<void> {
    const call = committee.call('seat', [BigInt(epoch), toHex(expandG1(beacon.signature))])
    await ensure({ key: `seat:${epoch}`, ...call }, async () => {
      const [, seats] = await committee.read('seatedBy', [BigInt(epoch)])
      return seats !== 0
    })
  }

  async function slash(a: SignedRecord, b: SignedRecord): Promise<void> {
    const { author, kind, sequence } = a
    const unit = BigInt(a.unit)
    const [hashA, hashB] = [toHex(keccak256(a.body)), toHex(keccak256(b.body))]
    const signatures = [toHex(a.signature), toHex(b.signature)] as const
    const args = [author, kind, unit, sequence, hashA, signatures[0], hashB, signatures[1]] as const
    await ensure(
      { key: `slash:${author}:${kind}:${unit}:${sequence}`, ...sidecars.call('slashEquivocation', args) },
      () => sidecars.read('isPunished', [author, kind, unit, sequence]),
    )
  }

  /** How `result` stands on chain: there (by whom), still possible, or overtaken. */
  async function standing({ period, base, root }: AuditResult): Promise<Posting | undefined> {
    const known = await postings.root(period)
    if (known === root) {
      const event = await postings.event(period)
      const receipt = event && (await provider.getTransactionReceipt(event.tx))
      return { tx: event?.tx, gasUsed: receipt?.gasUsed ?? 0n, ours: event?.poster === outbox.sender }
    }
    const [last] = await ledger.read('head', [])
    const expected = base ? BigInt(base.period) : NO_PERIOD
    if (known !== undefined || last !== expected) throw superseded(period)
    return undefined
  }

  const seatsOf = createSeats(committee)

  async function callOf(result: AuditResult, certificate: Certificate, roster: Roster) {
    const { period, base, root, contentId } = result
    const packed = packCertificate(certificate, await seatsOf(roster))
    return ledger.call('post', [BigInt(period), base ? BigInt(base.period) : NO_PERIOD, root, contentId, packed])
  }

  async function post(result: AuditResult, certificate: Certificate, roster: Roster): Promise<Posting> {
    const before = await standing(result)
    if (before) return before
    const obsolete = async () => {
      try {
        return (await standing(result)) && 'done-already'
      } catch (error) {
        if (codeOf(error) === 'post-superseded') return 'post-superseded'
        throw error
      }
    }
    const key = `post:${result.period}:${result.root}`
    try {
      const receipt = await outbox.submit({ key, ...(await callOf(result, certificate, roster)), obsolete })
      return { tx: receipt.hash as Hex, gasUsed: receipt.gasUsed, ours: true }
    } catch (error) {
      const after = await standing(result)
      if (after) return after
      throw postFault(error, result.period)
    }
  }

  return {
    network: async () => network,
    roster: createRosters(sidecars, readAt),
    lastPosted: postings.lastPosted,
    posted: postings.posted,
    seat,
    post,
    slash,
  }
}

function postFault(error: unknown, period: number): unknown {
  if (!(error instanceof Fault) || !error.code.startsWith('revert-')) return error
  if (MOVED_ON.includes(error.code)) return superseded(period)
  return new Fault('post-refused', `the ledger refuses period ${period}: ${error.code}`, {
    verdict: 'reject',
    data: { ...error.data, period, reason: error.code },
    cause: error,
  })
}
