// The one door for auction records, ours included: an ordered list of checks, cheap first, signature late, memory last.
// What is early waits for its round, and what is about a job the chain has not shown us yet waits for that, both only with
// a valid signature of a known author. Everything else unheard-of gets a coded verdict. The door decides; it does not act.

import { ignore, reject } from '../core/errors.ts'
import type { Topic, Verdict } from '../core/ports.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Job, Network, Roster, SignedRecord } from '../core/types.ts'
import { admitRecord, verdictOf } from '../round/door.ts'
import type { OpenUnit } from '../round/door.ts'
import { isSignedBy } from '../round/record.ts'
import type { Waiting } from '../round/waiting.ts'
import { RULES, checkRecord, topicOf } from './checks.ts'
import type { CheckDeps } from './checks.ts'
import type { AuctionContext } from './context.ts'

/** What the door needs of a job that is followed. */
export interface OpenAuction extends OpenUnit {
  readonly job: Job
  /** A bid: judged by the job's book. */
  bid(record: SignedRecord): Verdict
  /** Committee and leaders, once the bids are closed; undefined while they cannot be known. Faults: the ports'. */
  context(): Promise<AuctionContext | undefined>
}

export interface DoorDeps extends CheckDeps {
  readonly network: Network
  readonly waiting: Waiting
  /** Newest round handled. */
  round(): number
  /** Roster of the running epoch, if it has been fetched. */
  roster(): Roster | undefined
  auction(job: number): OpenAuction | undefined
  /** Highest job the chain has shown us. */
  newestJob(): number
}

export interface Door {
  /** Verdict on a record from a topic; early ones are judged when their round is there. */
  enter(topic: Topic, record: SignedRecord): Promise<Verdict>
  /** The part that needs no waiting: for our own records and for those fetched by name. */
  admit(auction: OpenAuction, context: AuctionContext, record: SignedRecord): Verdict
}

/** Our endpoint may show a new job later than our peers' do theirs. */
const NEWS_ROUNDS = 3

export function createDoor(deps: DoorDeps): Door {
  const { network, waiting } = deps

  function mayWait(record: SignedRecord): void {
    // [IGNORE] The running roster is not known yet: we cannot tell whose record it is.
    const roster = deps.roster()
    if (!roster) throw ignore('roster-unknown', 'the running roster is not known yet')
    // [IGNORE] Its author is in it; it may have entered or left between two epochs.
    const author = roster.members.find(({ id }) => id === record.author)
    if (!author) throw ignore('unknown-author', `sidecar ${record.author} is not in epoch ${roster.epoch}`)
    // [REJECT] Its author signed it.
    if (!isSignedBy(deps.verifier, network.separator, author, record))
      throw reject('bad-signature', `the record is not signed by sidecar ${record.author}`)
  }

  async function until(round: number, record: SignedRecord): Promise<void> {
    const wait = await waiting.until(round, String(record.author))
    if (wait !== 'due') throw ignore(wait, `the record is for round ${round}`)
  }

  /** The job, now or when the chain shows it, a few rounds later at most. */
  async function find(record: SignedRecord): Promise<OpenAuction> {
    for (let rounds = 0; rounds <= NEWS_ROUNDS; rounds++) {
      const auction = deps.auction(record.unit)
      if (auction) return auction
      // [IGNORE] Its job is over, or one we do not follow.
      if (record.unit <= deps.newestJob()) throw ignore('job-over', `job ${record.unit} is not followed here`)
      mayWait(record)
      if (rounds < NEWS_ROUNDS) await until(deps.round() + 1, record)
    }
    throw ignore('job-unknown', `the chain has no job ${record.unit} yet`)
  }

  async function pass(topic: Topic, record: SignedRecord): Promise<Verdict> {
    // [REJECT] The kind belongs to the topic.
    if (topicOf(record.kind) !== topic) throw reject('wrong-topic', `kind ${record.kind} is not for topic ${topic}`)
    // [IGNORE] The job is known, or becomes so.
    const auction = await find(record)
    if (record.kind === RECORD_KINDS.bid) return auction.bid(record)
    const rule = RULES.get(record.kind)
    if (!rule) throw reject('wrong-topic', `kind ${record.kind} is not for topic ${topic}`)
    // [REJECT] The sequence exists; [IGNORE] it still says something.
    const due = rule.due(network, auction.job, record)
    if (deps.round() >= rule.over(auction.job)) throw ignore('too-late', `job ${record.unit} is past that`)
    // [IGNORE] It is due, or may wait until it is.
    if (due > deps.round()) {
      mayWait(record)
      await until(due, record)
    }
    // [IGNORE] The committee is known to us.
    const context = await auction.context()
    if (!context) throw ignore('committee-unknown', `the committee of job ${record.unit} is not known here`)
    return admit(auction, context, record)
  }

  const admit = (auction: OpenAuction, context: AuctionContext, record: SignedRecord): Verdict =>
    admitRecord(auction, record, () => checkRecord(context, record, deps))

  return { enter: (topic, record) => pass(topic, record).catch(verdictOf), admit }
}
