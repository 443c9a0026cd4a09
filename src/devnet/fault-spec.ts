// The language of --fault: `<what>:<node>[@period<N>]`, for auctions `<what>:<node>[@job<N>]`, parsed once, at the border;
// `all` stands for every node. Promises: everything that is not one of the listed faults, of an existing node, is a usage
// error naming what there is. What a fault does is elsewhere: behaviours of a sidecar in faults.ts and auction-faults.ts,
// its node's in node-view.ts, kills in incidents.ts.

import { Fault } from '../core/errors.ts'

/** Acted out inside the sidecar's process. */
export const BEHAVIOURS = {
  silent: 'publishes nothing and answers nobody',
  liar: 'reports every target as down',
  late: 'publishes its seal after the close',
  equivocate: 'signs two different seals for one period',
} as const
/** Acted out by the blockchain node beside the sidecar. */
export const NODE_FAULTS = {
  stop: 'its blockchain node is stopped',
  lag: 'its blockchain node is 50 blocks behind',
  lie: 'its blockchain node gives wrong block hashes',
} as const
/** Acted out as a bidder. */
export const BID_FAULTS = {
  latebid: 'publishes its bid after the close',
  garbage: 'seals garbage beside a good commitment',
  copycat: 'signs a copy of another bid as its own',
  overbid: 'bids above the reserve',
  rebid: 'replaces its bid after the close',
  censored: 'its bid reaches nobody, so it commits on chain',
} as const
/** Acted out as a member of an auction's committee. */
export const COMMITTEE_FAULTS = {
  mute: 'says nothing on the committee',
  omit: 'as first leader proposes a set without one of the bids',
  twosets: 'as first leader proposes two sets',
  idle: 'leaves settling to others',
} as const
/** Done to the process. */
export const PROCESS_FAULTS = {
  kill: 'killed (SIGKILL) at a random moment of the period, then restarted; @job<N>: from admission to settlement',
} as const

export type BehaviourName = keyof typeof BEHAVIOURS
export type NodeFaultName = keyof typeof NODE_FAULTS
export type AuctionFaultName = keyof typeof BID_FAULTS | keyof typeof COMMITTEE_FAULTS
export type FaultName = BehaviourName | NodeFaultName | AuctionFaultName | keyof typeof PROCESS_FAULTS

export interface FaultSpec {
  readonly what: FaultName
  /** Sidecar id, from 1. */
  readonly node: number
  /** First period it shows in; kill and equivocate happen in this one alone. */
  readonly period: number
  /** The job it shows in; absent: every job. */
  readonly job?: number
}

const ALL: Readonly<Record<FaultName, string>> = {
  ...BEHAVIOURS,
  ...BID_FAULTS,
  ...COMMITTEE_FAULTS,
  ...NODE_FAULTS,
  ...PROCESS_FAULTS,
}

export const isBehaviour = (what: string): what is BehaviourName => Object.hasOwn(BEHAVIOURS, what)
export const isNodeFault = (what: string): what is NodeFaultName => Object.hasOwn(NODE_FAULTS, what)
const isBidFault = (what: string): boolean => Object.hasOwn(BID_FAULTS, what)
export const isAuctionFault = (what: string): what is AuctionFaultName =>
  isBidFault(what) || Object.hasOwn(COMMITTEE_FAULTS, what)
const isFault = (what: string): what is FaultName => Object.hasOwn(ALL, what)

/** One line for each fault, for --help and for errors. */
export const faultList = (): string =>
  Object.entries(ALL)
    .map(([name, meaning]) => `${name} (${meaning})`)
    .join(', ')

const SPEC =
  /^(?<what>[a-z]{1,16}):(?<node>[1-9]\d{0,3})(?:@(?:period(?<period>0|[1-9]\d{0,5})|job(?<job>[1-9]\d{0,5})))?$/

/** Parses one spec for a network of `nodes`. Fault: `fault-spec`. */
export function parseFault(text: string, nodes: number): FaultSpec {
  const found = SPEC.exec(text)?.groups
  const what = found?.['what'] ?? ''
  const node = Number(found?.['node'])
  const shown = JSON.stringify(text.slice(0, 40))
  if (!isFault(what))
    throw new Fault(
      'fault-spec',
      `${shown} is no fault: write <fault>:<node>[@period<N>|@job<N>], where <fault> is ${faultList()}`,
    )
  if (node > nodes) throw new Fault('fault-spec', `${shown} names node ${node}: there are nodes 1 to ${nodes}`)
  const { period, job } = found ?? {}
  if (isAuctionFault(what) ? period !== undefined : job !== undefined && what !== 'kill')
    throw new Fault('fault-spec', `${shown}: faults of auctions begin @job<N>, all others @period<N>`)
  return { what, node, period: Number(period ?? 0), ...(job !== undefined && { job: Number(job) }) }
}

/** `all` written out: one spec for each node. */
const eachNode = (text: string, nodes: number): readonly string[] =>
  Array.from({ length: /^[a-z]+:all(?:@|$)/.test(text) ? nodes : 1 }, (_, i) =>
    text.replace(/:all(?=@|$)/, `:${i + 1}`),
  )

/** Parses all; one fault of a kind for each node. Fault: `fault-spec`. */
export function parseFaults(texts: readonly string[], nodes: number): readonly FaultSpec[] {
  const specs = texts.flatMap((text) => eachNode(text, nodes)).map((text) => parseFault(text, nodes))
  specs.forEach((spec, i) => {
    const same = specs.slice(0, i).some((other) => other.node === spec.node && family(other) === family(spec))
    if (same)
      throw new Fault('fault-spec', `node ${spec.node} has two faults of one kind: give one of them to another node`)
  })
  return specs
}

/** Behaviours exclude each other, as do the faults of a blockchain node and those of one bid; different kinds combine. */
function family({ what, job }: FaultSpec): string {
  if (isBehaviour(what)) return 'behaviour'
  if (isNodeFault(what)) return 'node'
  return `${isBidFault(what) ? 'bid' : what} ${job ?? ''}`
}

/** What a sidecar acts out itself, as its own `fault` knob carries it: `silent@period0`, `garbage@job1`, `mute`. */
export function behaviourText({ what, period, job }: FaultSpec): string {
  if (!isAuctionFault(what)) return `${what}@period${period}`
  return job === undefined ? what : `${what}@job${job}`
}

/** Is it acted out inside the sidecar's process? */
export const isInside = ({ what }: FaultSpec): boolean => isBehaviour(what) || isAuctionFault(what)

/** Reads `behaviourText` back. Fault: `fault-spec`. */
export function parseBehaviour(text: string): Omit<FaultSpec, 'node'> {
  const [what = '', suffix] = text.split('@')
  if (!isBehaviour(what) && !isAuctionFault(what)) {
    const names = Object.keys({ ...BEHAVIOURS, ...BID_FAULTS, ...COMMITTEE_FAULTS }).join(', ')
    throw new Fault('fault-spec', `a sidecar can act ${names}, not ${JSON.stringify(what)}`)
  }
  const { node: _, ...behaviour } = parseFault(`${what}:1${suffix === undefined ? '' : `@${suffix}`}`, 1)
  return behaviour
}
