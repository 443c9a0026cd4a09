// The language of --fault: `<what>:<node>[@period<N>]`, parsed once, at the border. Promises: everything that is not one
// of the listed faults, of an existing node, is a usage error naming what there is. What a fault does is elsewhere:
// behaviours of a sidecar in faults.ts, its node's in node-view.ts, kills in nodes.ts.

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
/** Done to the process. */
export const PROCESS_FAULTS = {
  kill: 'killed (SIGKILL) at a random moment of the period, then restarted',
} as const

export type BehaviourName = keyof typeof BEHAVIOURS
export type NodeFaultName = keyof typeof NODE_FAULTS
export type FaultName = BehaviourName | NodeFaultName | keyof typeof PROCESS_FAULTS

export interface FaultSpec {
  readonly what: FaultName
  /** Sidecar id, from 1. */
  readonly node: number
  /** First period it shows in; kill and equivocate happen in this one alone. */
  readonly period: number
}

const ALL: Readonly<Record<FaultName, string>> = { ...BEHAVIOURS, ...NODE_FAULTS, ...PROCESS_FAULTS }

export const isBehaviour = (what: string): what is BehaviourName => Object.hasOwn(BEHAVIOURS, what)
export const isNodeFault = (what: string): what is NodeFaultName => Object.hasOwn(NODE_FAULTS, what)
const isFault = (what: string): what is FaultName => Object.hasOwn(ALL, what)

/** One line for each fault, for --help and for errors. */
export const faultList = (): string =>
  Object.entries(ALL)
    .map(([name, meaning]) => `${name} (${meaning})`)
    .join(', ')

const SPEC = /^(?<what>[a-z]{1,16}):(?<node>[1-9]\d{0,3})(?:@period(?<period>0|[1-9]\d{0,5}))?$/

/** Parses one spec for a network of `nodes`. Fault: `fault-spec`. */
export function parseFault(text: string, nodes: number): FaultSpec {
  const found = SPEC.exec(text)?.groups
  const what = found?.['what'] ?? ''
  const node = Number(found?.['node'])
  const shown = JSON.stringify(text.slice(0, 40))
  if (!isFault(what))
    throw new Fault(
      'fault-spec',
      `${shown} is no fault: write <fault>:<node>[@period<N>], where <fault> is ${faultList()}`,
    )
  if (node > nodes) throw new Fault('fault-spec', `${shown} names node ${node}: there are nodes 1 to ${nodes}`)
  return { what, node, period: Number(found?.['period'] ?? 0) }
}

/** Parses all; one fault of a kind for each node. Fault: `fault-spec`. */
export function parseFaults(texts: readonly string[], nodes: number): readonly FaultSpec[] {
  const specs = texts.map((text) => parseFault(text, nodes))
  specs.forEach((spec, i) => {
    const same = specs.slice(0, i).some((other) => other.node === spec.node && family(other) === family(spec))
    if (same)
      throw new Fault('fault-spec', `node ${spec.node} has two faults of one kind: give one of them to another node`)
  })
  return specs
}

/** Behaviours exclude each other, as do the faults of a blockchain node; different kinds combine. */
const family = ({ what }: FaultSpec): string => (isBehaviour(what) ? 'behaviour' : isNodeFault(what) ? 'node' : what)

/** A behaviour as the sidecar's own `fault` knob carries it: `silent@period0`. */
export const behaviourText = (spec: FaultSpec): string => `${spec.what}@period${spec.period}`

/** Reads `behaviourText` back. Fault: `fault-spec`. */
export function parseBehaviour(text: string): { readonly what: BehaviourName; readonly period: number } {
  const [what = '', suffix] = text.split('@')
  if (!isBehaviour(what))
    throw new Fault(
      'fault-spec',
      `a sidecar can act ${Object.keys(BEHAVIOURS).join(', ')}, not ${JSON.stringify(what)}`,
    )
  return { what, period: parseFault(`${what}:1${suffix === undefined ? '' : `@${suffix}`}`, 1).period }
}
