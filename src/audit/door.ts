// The one door for records, ours included: an ordered list of checks, cheap first, signature late, memory last. What is
// merely early waits for its round, and only with a valid signature of a known author, so that nobody can fill
// another's places. Everything else unheard-of gets a coded verdict. The door decides; it does not act.

import { epochOf } from '../core/clock.ts'
import { ignore, reject } from '../core/errors.ts'
import type { RecordVerifier, Topic, Verdict } from '../core/ports.ts'
import type { Network, Roster, SignedRecord } from '../core/types.ts'
import { admitRecord, verdictOf } from '../round/door.ts'
import type { OpenUnit } from '../round/door.ts'
import { isSignedBy } from '../round/record.ts'
import type { Waiting } from '../round/waiting.ts'
import { RULES, checkRecord } from './checks.ts'
import type { CheckDeps } from './checks.ts'
import { endRoundOf } from './context.ts'
import type { PeriodContext } from './context.ts'

/** What the door needs of a period that is open. */
export interface OpenPeriod extends OpenUnit {
  readonly context: PeriodContext
}

export interface DoorDeps extends CheckDeps {
  readonly network: Network
  readonly waiting: Waiting
  /** Newest round handled. */
  round(): number
  /** Roster of an epoch, if it has been fetched. */
  roster(epoch: number): Roster | undefined
  /** The period, opened when its first beacon is there; undefined when it cannot be. */
  open(period: number): Promise<OpenPeriod | undefined>
}

export interface Door {
  /** Verdict on a record from a topic; early ones are judged when their round is there. */
  enter(topic: Topic, record: SignedRecord): Promise<Verdict>
  /** The part that needs no waiting: for our own records and for those fetched by name. */
  admit(period: OpenPeriod, record: SignedRecord): Verdict
}

function mayWait(network: Network, roster: Roster | undefined, verifier: RecordVerifier, record: SignedRecord): void {
  // [IGNORE] The roster of its epoch is not known yet: we cannot tell whose record it is.
  if (!roster) throw ignore('roster-unknown', `the roster of period ${record.unit} is not known yet`)
  // [REJECT] Its author is in the roster, which is final, and signed it.
  const author = roster.members.find(({ id }) => id === record.author)
  if (!author) throw reject('unknown-author', `sidecar ${record.author} is not in epoch ${roster.epoch}`)
  if (!isSignedBy(verifier, network.separator, author, record))
    throw reject('bad-signature', `the record is not signed by sidecar ${record.author}`)
}

export function createDoor(deps: DoorDeps): Door {
  const { network, waiting } = deps

  async function pass(topic: Topic, record: SignedRecord): Promise<Verdict> {
    // [REJECT] The kind belongs to the topic.
    const rule = RULES.get(record.kind)
    if (rule?.topic !== topic) throw reject('wrong-topic', `kind ${record.kind} is not for topic ${topic}`)
    // [REJECT] The sequence exists; [IGNORE] the period is not over.
    const due = rule.due(network, record)
    if (deps.round() >= endRoundOf(network, record.unit)) throw ignore('too-late', `period ${record.unit} is over`)
    // [IGNORE] It is due, or may wait until it is.
    if (due > deps.round()) {
      mayWait(network, deps.roster(epochOf(network.schedule, record.unit)), deps.verifier, record)
      const wait = await waiting.until(due, String(record.author))
      if (wait !== 'due') throw ignore(wait, `the record is for round ${due}`)
    }
    // [IGNORE] The period is known to us.
    const period = await deps.open(record.unit)
    if (!period) throw ignore('period-unknown', `period ${record.unit} is not open here`)
    return admit(period, record)
  }

  const admit = (period: OpenPeriod, record: SignedRecord): Verdict =>
    admitRecord(period, record, () => checkRecord(period.context, record, deps))

  return { enter: (topic, record) => pass(topic, record).catch(verdictOf), admit }
}
