// A whole network in one process on a virtual clock: real auditors over simulated gossip, drand, chain, probes and disks.
// Everything that happens follows from the scenario and its seed; `trace` proves it. A scenario says who misbehaves how.

import { keccak256, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { periodStart, roundDueAt } from '../../src/core/clock.ts'
import { Fault as Refused } from '../../src/core/errors.ts'
import type { Beacons, Clock, Gossip, Log, MeshEvent, ProbeReply, Prober, Workload } from '../../src/core/ports.ts'
import { decodeAnswer } from '../../src/core/answers.ts'
import type { Beacon, Member, Network, Roster, SignedRecord } from '../../src/core/types.ts'
import { createAuditor } from '../../src/audit/auditor.ts'
import type { Auditor, AuditorDeps, AuditorOptions } from '../../src/audit/auditor.ts'
import { nameOf } from '../../src/round/record.ts'
import { createVirtualClock } from './sim-clock.ts'
import type { VirtualClock } from './sim-clock.ts'
import { memoBls, memoVerifier, simKeys } from './sim-crypto.ts'
import { contradiction, lie, slanderer } from './sim-faults.ts'
import type { Fault } from './sim-faults.ts'
import { createSimLedger } from './sim-ledger.ts'
import type { SimLedger } from './sim-ledger.ts'
import { createRandom } from './sim-random.ts'
import type { Random } from './sim-random.ts'
import { BLOCK_MS, GENESIS_SECONDS, ROUND_MS, networkOf } from './sim-scenario.ts'
import type { Scenario } from './sim-scenario.ts'
import { createDisk } from './sim-stores.ts'
import type { Disk } from './sim-stores.ts'

export interface SimNode {
  readonly index: number
  readonly id: number
  readonly disk: Disk
  readonly events: MeshEvent[]
  /** Records it put on the network, by its own hand. */
  readonly published: SignedRecord[]
  auditor(): Auditor
  kill(): void
  restart(): void
}

export interface SimNetwork {
  readonly network: Network
  readonly clock: VirtualClock
  readonly ledger: SimLedger
  readonly roster: Roster
  readonly nodes: readonly SimNode[]
  readonly options: AuditorOptions
  readonly trace: readonly string[]
  readonly delivered: number
  beacon(round: number): Beacon
  /** Runs until the end of `period`, or until `done`. */
  through(period: number, done?: () => boolean): Promise<void>
  /** Runs up to the moment `round` is due. */
  untilRound(round: number): Promise<void>
}

const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export function simulate(scenario: Scenario): SimNetwork {
  const network = networkOf(scenario)
  const random = createRandom(`scenario ${scenario.seed}`)
  const clock = createVirtualClock(GENESIS_SECONDS * 1000)
  const verifier = memoVerifier()
  const bls = memoBls()
  const keys = Array.from({ length: scenario.nodes }, (_, index) => simKeys(`node ${index}`))
  const members: Member[] = keys.map(({ signer, certificateSigner, peerKey }, slot) => ({
    id: slot + 1,
    slot,
    signer: signer.address,
    peerKey,
    blsKey: certificateSigner.publicKey,
  }))
  const rosterOf = (epoch: number): Roster => ({ epoch, members })
  const ledger = createSimLedger(network, rosterOf, { clock, bls, verifier, landingMs: 700 })
  const options: AuditorOptions = {
    network,
    probes: 3,
    probeTimeoutMs: 1_000,
    lagBlocks: 8,
    marginBlocks: 3,
    staggerRounds: 1,
  }
  const trace: string[] = []
  const count = { delivered: 0 }
  const has = (fault: Fault, index: number): boolean => scenario.faults?.[fault]?.includes(index) ?? false
  const newestRound = (): number => {
    const due = Math.floor((clock.now() - GENESIS_SECONDS * 1000) / ROUND_MS) + 1
    return scenario.halt && due >= scenario.halt.from && due < scenario.halt.to ? scenario.halt.from - 1 : due
  }

  const beacons = new Map<number, Beacon>()
  function beacon(round: number): Beacon {
    const known = beacons.get(round)
    if (known) return known
    const randomness = keccak256(utf8ToBytes(`drand ${scenario.seed}`), word(round))
    const made = { round, signature: new Uint8Array(48), randomness }
    beacons.set(round, made)
    return made
  }

  function isCut(a: number, b: number): boolean {
    const { partition } = scenario
    if (has('isolated', a) || has('isolated', b)) return true
    if (!partition || newestRound() < partition.from || newestRound() >= partition.to) return false
    return partition.side.includes(a) !== partition.side.includes(b)
  }

  // --- gossip: everybody to everybody, each message judged once; what only some were given is passed on by who accepts it.
  const seen = keys.map(() => new Set<string>())
  const partial = new Set<string>()

  function send(from: number, to: number, topic: Parameters<Gossip['publish']>[0], record: SignedRecord): void {
    if (from === to || (has('dropping', from) && random.chance(0.5)) || (has('dropping', to) && random.chance(0.5)))
      return
    clock.at(clock.now() + 20 + random.below(scenario.jitterMs ?? 200), () => {
      const name = nameOf(record)
      if (isCut(from, to) || seen[to]?.has(name)) return
      seen[to]?.add(name)
      count.delivered++
      const node = nodes[to]
      void node?.receive(topic, record, from).then((verdict) => {
        if (verdict === 'accept' && partial.has(name)) broadcast(to, topic, record)
      })
    })
  }

  function broadcast(from: number, topic: Parameters<Gossip['publish']>[0], record: SignedRecord): void {
    for (const { index } of nodes) send(from, index, topic, record)
  }

  function publish(from: number, topic: Parameters<Gossip['publish']>[0], honest: SignedRecord): void {
    const { signer } = keys[from] ?? simKeys('nobody')
    const { separator } = network
    if (has('silent', from)) return
    const record = has('lying', from) ? lie(honest, signer, separator) : honest
    nodes[from]?.published.push(record)
    const other = has('equivocating', from) ? contradiction(record, signer, separator) : undefined
    // What only some receive spreads all the same, because honest sidecars pass on what they accept.
    if (has('dropping', from)) partial.add(nameOf(record))
    const go = (): void => {
      if (!other) return broadcast(from, topic, record)
      for (const one of [record, other]) partial.add(nameOf(one))
      for (const { index } of nodes) send(from, index, topic, index % 2 === 0 ? record : other)
    }
    if (has('late', from)) clock.at(clock.now() + 3 * ROUND_MS, go)
    else go()
  }

  // --- one node
  interface Inner extends SimNode {
    receive(topic: Parameters<Gossip['publish']>[0], record: SignedRecord, from: number): Promise<string>
    tick(round: number): void
    answers(): Auditor | undefined
  }

  function createNode(index: number): Inner {
    const own = keys[index] ?? simKeys('nobody')
    const disk = createDisk()
    const events: MeshEvent[] = []
    const published: SignedRecord[] = []
    let life = { alive: true }
    let lives = 0
    let latest = 0

    /** Ports of one life: when it ends, nothing it started gets anywhere. */
    function ports(mine: { alive: boolean }, dice: Random): AuditorDeps {
      const guard =
        <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
        (...args: A): Promise<R> =>
          mine.alive ? work(...args) : new Promise<R>(() => undefined)
      const ownClock: Clock = {
        now: clock.now,
        at: (at, task) => clock.at(at, () => (mine.alive ? task() : undefined)),
      }
      const chain = ledger.handle(index)
      return {
        clock: ownClock,
        random: dice.bytes,
        beacons: beaconsOf(() => latest),
        ledger: { ...chain, post: guard(chain.post), slash: guard(chain.slash), seat: guard(chain.seat) },
        gossip: { publish: guard(async (topic, record) => publish(index, topic, record)) },
        signer: own.signer,
        verifier,
        bls,
        certificateSigner: own.certificateSigner,
        prober: has('lying', index) ? slanderer : has('lazy', index) ? lazyProber : proberOf(index),
        workload: workloadOf(index),
        yardsticks: [],
        peers: peersOf(index),
        journal: {
          ...disk.journal,
          signOnce: guard(disk.journal.signOnce),
          putSecret: guard(disk.journal.putSecret),
        },
        evidence: { ...disk.evidence, put: guard(disk.evidence.put) },
        log: silentLog,
        emit(event) {
          events.push(event)
          trace.push(
            `${clock.now()} ${index} ${JSON.stringify(event, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`,
          )
        },
      }
    }

    const live = (): Auditor => {
      lives++
      return createAuditor(options, ports(life, createRandom(`node ${scenario.seed}/${index}/${lives}`)))
    }
    let auditor = live()
    return {
      index,
      id: index + 1,
      disk,
      events,
      published,
      auditor: () => auditor,
      answers: () => (life.alive && !has('silent', index) ? auditor : undefined),
      kill() {
        life.alive = false
      },
      restart() {
        life.alive = false
        life = { alive: true }
        seen[index]?.clear()
        auditor = live()
        void auditor.start()
      },
      async receive(topic, record, from) {
        if (!life.alive) return 'ignore'
        return (await auditor.onRecord(topic, record, `node ${from}`)).verdict
      },
      tick(round) {
        latest = Math.max(latest, round)
        if (life.alive) auditor.onBeacon(beacon(round))
      },
    }
  }

  const beaconsOf = (latest: () => number): Beacons => ({
    chain: network.drand,
    latest: () => (latest() > 0 ? beacon(latest()) : undefined),
    get: (round) =>
      new Promise((resolve) => {
        const attempt = (): void => {
          if (round <= newestRound()) resolve(beacon(round))
          else clock.at(roundDueAt(network.drand, round), attempt)
        }
        clock.at(clock.now() + 50, attempt)
      }),
    offer: async ({ round }) => beacon(round),
    onBeacon: () => () => undefined,
  })

  const lazyProber: Prober = { ...slanderer, probe: async () => ({ ok: false, reason: 'timeout' }) }

  const later = (span: number): Promise<void> => new Promise((resolve) => clock.at(clock.now() + span, resolve))

  const proberOf = (from: number): Prober => ({
    async probe(target, request, { signal }): Promise<ProbeReply> {
      const sentAt = clock.now()
      const node = nodes[target.slot]
      await later(5 + random.below(40))
      const peer = isCut(from, target.slot) ? undefined : node?.answers()
      if (!peer || signal.aborted) return { ok: false, reason: 'unreachable' }
      try {
        const record = await peer.answer(request, members[from]?.peerKey ?? new Uint8Array(32))
        await later(5 + random.below(40))
        const answer = decodeAnswer(record)
        return { ok: true, record, answer, latencyMs: clock.now() - sentAt }
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        return { ok: false, reason: 'refused' }
      }
    },
    async reachable(except) {
      await later(30)
      const skip = new Set(except.map(({ slot }) => slot))
      return nodes.some(({ index, answers }) => index !== from && !skip.has(index) && !isCut(from, index) && answers())
    },
  })

  const workloadOf = (index: number): Workload => {
    const behind = has('lagging', index) ? 100 : 0
    const head = (): number => 1_000 + Math.floor((clock.now() - GENESIS_SECONDS * 1000) / BLOCK_MS) - behind
    const hash = (height: number): Uint8Array => keccak256(utf8ToBytes('block'), word(height))
    const check = (): void => {
      if (has('stopped', index)) throw new Refused('workload-silent', 'the node does not answer')
    }
    return {
      kind: 'ethereum-execution',
      async status() {
        check()
        const headNumber = head()
        return { client: 'sim/1', network: word(1), headNumber, headHash: hash(headNumber), peers: 8, syncDistance: 0 }
      },
      async proof(height) {
        check()
        return height <= head() ? hash(height) : undefined
      },
    }
  }

  const peersOf = (from: number): AuditorDeps['peers'] => {
    const others = (): Inner[] => {
      const start = random.below(nodes.length)
      const rotated = [...nodes.slice(start), ...nodes.slice(0, start)]
      return rotated.filter(({ index }) => index !== from && !isCut(from, index) && !has('silent', index))
    }
    return {
      async records(names) {
        await later(60)
        const found: SignedRecord[] = []
        for (const name of names)
          for (const { disk } of others()) {
            const record = await disk.evidence.get(name)
            if (!record) continue
            found.push(record)
            break
          }
        return found
      },
      async summary(period) {
        await later(60)
        for (const { disk } of others()) {
          const leaves = await disk.evidence.summary(period)
          if (leaves) return leaves
        }
        return undefined
      },
    }
  }

  const nodes: Inner[] = keys.map((_, index) => createNode(index))

  /** Beacons reach everybody a little later than they are made; the early run ahead of the others by most of a round. */
  function schedule(round: number): void {
    const made = roundDueAt(network.drand, round)
    clock.at(made - ROUND_MS, () => {
      for (const node of nodes) {
        const at = has('early', node.index) ? made - ROUND_MS * 0.9 : made + random.below(scenario.jitterMs ?? 200)
        clock.at(at, () => {
          if (newestRound() >= round - 1 && !isHalted(round)) node.tick(round)
        })
      }
      schedule(round + 1)
    })
  }
  const isHalted = (round: number): boolean =>
    scenario.halt !== undefined && round >= scenario.halt.from && round < scenario.halt.to
  schedule(2)

  const untilRound = (round: number, done?: () => boolean): Promise<void> =>
    clock.run(roundDueAt(network.drand, round), done)

  return {
    network,
    clock,
    ledger,
    roster: rosterOf(0),
    nodes,
    options,
    trace,
    get delivered() {
      return count.delivered
    },
    beacon,
    untilRound,
    through: (period, done) => untilRound(periodStart(network.schedule, period + 1), done),
  }
}
