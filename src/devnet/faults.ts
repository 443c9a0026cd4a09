// Misbehaviour on demand: sidecars that are silent, lie, come late or equivocate, made by wrapping the ports of an honest
// auditor and its answers (those of auctions: auction-faults.ts). Promises that the domain stays as it is: no line of src/audit knows about this file, and only
// `stkr run --local --fault …`, which the devnet starts, brings it in. It breaks nobody's cryptography.

import { phaseRounds } from '../core/clock.ts'
import { keccak256 } from '../core/bytes.ts'
import { isKind, recordDigest } from '../core/records.ts'
import type { SignedRecord } from '../core/types.ts'
import type { Auditor, AuditorDeps, AuditorOptions, createAuditor } from '../audit/auditor.ts'
import { isBehaviour, parseBehaviour } from './fault-spec.ts'
import type { BehaviourName } from './fault-spec.ts'

type CreateAuditor = typeof createAuditor

/** What one behaviour changes; what it leaves out stays honest. `from` is the first period it shows in. */
interface Behaviour {
  ports?(deps: AuditorDeps, options: AuditorOptions, from: number): Partial<AuditorDeps>
  auditor?(auditor: Auditor, from: number): Partial<Auditor>
}

/** Never answers: the other side's time limit ends it. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

const silent: Behaviour = {
  ports: ({ gossip }, _options, from) => ({
    gossip: {
      publish: async (topic, record) => (record.unit >= from ? undefined : gossip.publish(topic, record)),
    },
  }),
  auditor: (auditor, from) => ({
    answer: (request, fromPeerKey) => (request.period >= from ? never() : auditor.answer(request, fromPeerKey)),
  }),
}

const liar: Behaviour = {
  ports: ({ prober }, _options, from) => ({
    prober: {
      probe: async (target, request, options) =>
        request.period >= from ? { ok: false, reason: 'unreachable' } : prober.probe(target, request, options),
      // A liar would not let its self-check spoil the lie.
      reachable: async () => true,
    },
  }),
}

const late: Behaviour = {
  ports: ({ gossip, beacons }, { network }, from) => ({
    gossip: {
      publish: async (topic, record) => {
        if (record.unit < from || !isKind(record, 'seal')) return gossip.publish(topic, record)
        const tooLate = phaseRounds(network.schedule, record.unit).reveal + 1
        // Not awaited: the auditor goes on with its period as if its seal were out.
        void beacons.get(tooLate).then(
          () => gossip.publish(topic, record),
          () => undefined,
        )
      },
    },
  }),
}

/** The same place in the protocol with another body, as well signed as the first. */
function contradict(record: SignedRecord, { signer }: AuditorDeps, { network }: AuditorOptions): SignedRecord {
  const body = Uint8Array.from(record.body, (byte, i) => (i === 0 ? byte ^ 1 : byte))
  return { ...record, body, signature: signer.sign(recordDigest(network.separator, record, keccak256(body))) }
}

const equivocate: Behaviour = {
  ports: (deps, options, from) => ({
    gossip: {
      publish: async (topic, record) => {
        await deps.gossip.publish(topic, record)
        if (record.unit !== from || !isKind(record, 'seal')) return
        await deps.gossip.publish(topic, contradict(record, deps, options))
      },
    },
  }),
}

const ACTS: Readonly<Record<BehaviourName, Behaviour>> = { silent, liar, late, equivocate }

/** `create` for a sidecar that acts out `texts`, for example `liar@period1`; those of auctions are not its. Fault: `fault-spec`. */
export function withFaults(texts: readonly string[], create: CreateAuditor): CreateAuditor {
  return texts.map(parseBehaviour).reduce<CreateAuditor>((inner, { what, period }) => {
    if (!isBehaviour(what)) return inner
    const act = ACTS[what]
    return (options, deps) => {
      const auditor = inner(options, { ...deps, ...act.ports?.(deps, options, period) })
      return { ...auditor, ...act.auditor?.(auditor, period) }
    }
  }, create)
}
