// Misbehaviour in auctions on demand: bidders and committee members that cheat, made by wrapping the ports of an honest
// auctioneer. Promises, like faults.ts, that the domain knows nothing of it and that every signature is real: what is
// sent could have been sent by anybody with the sidecar's keys.

import { admissionContent, entryOf } from '../auction/admission.ts'
import type { AdmittedBid } from '../auction/admission.ts'
import { commitmentOf } from '../auction/bid.ts'
import { openProposal, openSealedBid } from '../auction/bodies.ts'
import { AuctionProposalBody, SealedBidBody } from '../auction/codec.ts'
import type { AuctioneerDeps, AuctioneerOptions, CreateAuctioneer } from '../auction/options.ts'
import { concatBytes, word } from '../core/bytes.ts'
import { invariant } from '../core/errors.ts'
import type { Gossip } from '../core/ports.ts'
import { isKind } from '../core/records.ts'
import { TIMELOCK_BYTES } from '../core/timelock.ts'
import type { MarketJob, SealedBid, SignedRecord } from '../core/types.ts'
import { signRecord } from '../round/record.ts'
import { isAuctionFault, parseBehaviour } from './fault-spec.ts'
import type { AuctionFaultName } from './fault-spec.ts'

type Publish = Gossip['publish']
type Bend = (hand: Hand, publish: Publish) => Publish

/** One cheating sidecar: its ports as they were, what goes over the wire, what it heard. */
interface Hand {
  readonly options: AuctioneerOptions
  readonly deps: AuctioneerDeps
  /** Everything heard and said so far of the job. */
  readonly heard: (job: number) => readonly SignedRecord[]
  /** Resolves with the first record like this. */
  readonly hears: (like: (record: SignedRecord) => boolean) => Promise<SignedRecord>
}

/** What one fault changes; what it leaves out stays honest. `isIts`: does it show in this job? */
interface Act {
  readonly options?: Partial<AuctioneerOptions>
  readonly publish?: Bend
  readonly market?: (hand: Hand, isIts: (job: number) => boolean) => Partial<AuctioneerDeps['market']>
}

const GARBAGE = new Uint8Array(TIMELOCK_BYTES).fill(0x55)

/** The same place, or another `sequence`, with another body, as well signed as the first. */
function resign({ options, deps }: Hand, record: SignedRecord, body: Uint8Array, sequence = record.sequence) {
  return signRecord(deps.signer, options.network.separator, { ...record, sequence }, body)
}

async function jobOf({ deps }: Hand, record: SignedRecord): Promise<MarketJob> {
  const job = await deps.market.job(record.unit)
  invariant(job !== undefined, 'a record is about a job')
  return job
}

/** Not awaited: the auctioneer goes on as if it were out. */
function later(work: Promise<unknown>): void {
  work.catch(() => undefined)
}

const withGarbage = (record: SignedRecord): Uint8Array =>
  SealedBidBody.serialize({ ...openSealedBid(record), ciphertext: GARBAGE })

/** A commitment to more than the reserve, and a timelock that opens to it. */
async function above(hand: Hand, record: SignedRecord): Promise<SealedBid> {
  const { deps, options } = hand
  const job = await jobOf(hand, record)
  const provider = (await deps.market.bidders(job)).find(({ author }) => author === record.author)?.provider ?? 0
  const opening = concatBytes(word(job.rules.reserve + 1n).subarray(20), deps.random(20))
  const commitment = commitmentOf({ separator: options.network.separator, job, provider }, opening)
  return { commitment, ciphertext: deps.timelock.seal(job.openRound, opening, deps.beacons.latest()?.round ?? 0) }
}

/** What everybody's bids come to without the first of them. */
async function contentWithoutOne(hand: Hand, proposal: SignedRecord): Promise<Uint8Array> {
  const job = await jobOf(hand, proposal)
  const bidders = await hand.deps.market.bidders(job)
  const posted: AdmittedBid[] = (await hand.deps.market.commitments(job)).map((one) => ({ ...one, record: undefined }))
  const sent = hand.heard(job.id).flatMap((record): AdmittedBid[] => {
    const provider = bidders.find(({ author }) => author === record.author)?.provider
    if (!isKind(record, 'bid') || provider === undefined || posted.some((one) => one.provider === provider)) return []
    return [{ provider, bid: openSealedBid(record), record }]
  })
  const bids = [...posted, ...sent].sort((a, b) => a.provider - b.provider)
  return admissionContent(job.id, bids.slice(1).map(entryOf))
}

/** Changes what is published of one kind. */
const onKind =
  (kind: 'bid' | 'auctionProposal', change: Bend): Bend =>
  (hand, publish) => {
    const changed = change(hand, publish)
    return async (topic, record) => (isKind(record, kind) ? changed : publish)(topic, record)
  }

/** Leaders rotate: only the first of an auction does it, so that the next one shows what honest members make of it. */
const asFirstLeader = (change: Bend): Bend =>
  onKind('auctionProposal', (hand, publish) => {
    const changed = change(hand, publish)
    return async (topic, record) => (record.sequence === 0 ? changed : publish)(topic, record)
  })

const ACTS: Readonly<Record<AuctionFaultName, Act>> = {
  latebid: {
    publish: onKind('bid', (hand, publish) => async (topic, record) => {
      const { closeRound } = await jobOf(hand, record)
      later(hand.deps.beacons.get(closeRound).then(() => publish(topic, record)))
    }),
  },
  garbage: {
    publish: onKind('bid', (hand, publish) => async (topic, record) => {
      await publish(topic, resign(hand, record, withGarbage(record)))
    }),
  },
  copycat: {
    publish: onKind('bid', (hand, publish) => async (topic, record) => {
      const isOther = (one: SignedRecord): boolean =>
        isKind(one, 'bid') && one.unit === record.unit && one.author !== record.author
      later(hand.hears(isOther).then(({ body }) => publish(topic, resign(hand, record, body))))
    }),
  },
  overbid: {
    publish: onKind('bid', (hand, publish) => async (topic, record) => {
      await publish(topic, resign(hand, record, SealedBidBody.serialize(await above(hand, record))))
    }),
  },
  rebid: {
    publish: onKind('bid', (hand, publish) => async (topic, record) => {
      await publish(topic, record)
      const { closeRound } = await jobOf(hand, record)
      const replacement = resign(hand, record, withGarbage(record), record.sequence + 1)
      later(hand.deps.beacons.get(closeRound).then(() => publish(topic, replacement)))
    }),
  },
  censored: { options: { commitOnChain: true }, publish: onKind('bid', () => async () => undefined) },
  mute: {
    publish: (_hand, publish) => async (topic, record) => (isKind(record, 'bid') ? publish(topic, record) : undefined),
  },
  omit: {
    publish: asFirstLeader((hand, publish) => async (topic, record) => {
      const content = await contentWithoutOne(hand, record)
      const body = AuctionProposalBody.serialize({ ...openProposal(record), content })
      await publish(topic, resign(hand, record, body))
    }),
  },
  twosets: {
    publish: asFirstLeader((hand, publish) => async (topic, record) => {
      await publish(topic, record)
      const { content, statements } = openProposal(record)
      const body = AuctionProposalBody.serialize({ content, statements: statements.slice(1) })
      await publish(topic, resign(hand, record, body))
    }),
  },
  idle: {
    market: ({ deps: { market, beacons } }, isIts) => ({
      settle: async (job, ...rest) => {
        while (isIts(job.id) && (await market.job(job.id))?.state === 'certified')
          await beacons.get((beacons.latest()?.round ?? 0) + 1)
        return market.settle(job, ...rest)
      },
    }),
  },
}

/** Records a sidecar remembers of the auctions under way, to cheat with; more are for tests of floods elsewhere. */
const HEARD_MAX = 4_096

function createEar() {
  const records: SignedRecord[] = []
  const waiting = new Set<{ like: (record: SignedRecord) => boolean; found: (record: SignedRecord) => void }>()
  return {
    hear(record: SignedRecord): void {
      if (records.length < HEARD_MAX) records.push(record)
      for (const one of waiting)
        if (one.like(record)) {
          waiting.delete(one)
          one.found(record)
        }
    },
    heard: (job: number) => records.filter(({ unit }) => unit === job),
    hears: (like: (record: SignedRecord) => boolean) =>
      new Promise<SignedRecord>((found) => {
        const known = records.find(like)
        if (known) found(known)
        else waiting.add({ like, found })
      }),
  }
}

type Ports = readonly [AuctioneerOptions, AuctioneerDeps]

function bend([options, deps]: Ports, { what, job }: Fault, { heard, hears }: ReturnType<typeof createEar>): Ports {
  const act = ACTS[what]
  const hand: Hand = { options, deps, heard, hears }
  const isIts = (id: number): boolean => job === undefined || id === job
  const straight = deps.gossip.publish
  const bent = act.publish?.(hand, straight) ?? straight
  const publish: Publish = (topic, record) => (isIts(record.unit) ? bent : straight)(topic, record)
  const market = { ...deps.market, ...act.market?.(hand, isIts) }
  return [
    { ...options, ...act.options },
    { ...deps, gossip: { publish }, market },
  ]
}

interface Fault {
  readonly what: AuctionFaultName
  readonly job: number | undefined
}

/** `create` for a sidecar that acts out `texts`, for example `garbage@job1`; those of audits are not its. Fault: `fault-spec`. */
export function withAuctionFaults(texts: readonly string[], create: CreateAuctioneer): CreateAuctioneer {
  const faults = texts.map(parseBehaviour).flatMap(({ what, job }) => (isAuctionFault(what) ? [{ what, job }] : []))
  if (faults.length === 0) return create
  return (honestOptions, honest) => {
    const ear = createEar()
    const [options, deps] = faults.reduce<Ports>((ports, fault) => bend(ports, fault, ear), [honestOptions, honest])
    const publish: Publish = async (topic, record) => {
      ear.hear(record)
      await deps.gossip.publish(topic, record)
    }
    const auctioneer = create(options, { ...deps, gossip: { publish } })
    return {
      ...auctioneer,
      async onRecord(topic, record, from) {
        const verdict = await auctioneer.onRecord(topic, record, from)
        if (verdict.verdict === 'accept') ear.hear(record)
        return verdict
      },
    }
  }
}
