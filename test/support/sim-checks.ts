// What must hold after every simulation, and short ways to read one.

import * as assert from 'uvu/assert'
import type { MeshEvent } from '../../src/core/ports.ts'
import { isSignOnce } from '../../src/core/records.ts'
import { UNOBSERVED } from '../../src/core/types.ts'
import type { Leaf } from '../../src/core/types.ts'
import { bodyHashOf } from '../../src/round/record.ts'
import { summaryRoot } from '../../src/audit/tree.ts'
import { toHex } from '../../src/core/bytes.ts'
import type { SimNetwork, SimNode } from './sim-network.ts'

export type EventOf<T extends MeshEvent['type']> = Extract<MeshEvent, { type: T }>

export const eventsOf = <T extends MeshEvent['type']>(node: SimNode, type: T): EventOf<T>[] =>
  node.events.filter((event): event is EventOf<T> => event.type === type)

/** Codes of everything that got stuck anywhere, as `step/code`. */
export const stuckCodes = (sim: SimNetwork): ReadonlySet<string> =>
  new Set(sim.nodes.flatMap((node) => eventsOf(node, 'stuck').map(({ step, code }) => `${step}/${code}`)))

/** Leaves of a posted period, from any node that has them, checked against the root on chain. */
export async function leavesOf(sim: SimNetwork, period: number): Promise<readonly Leaf[]> {
  const posted = sim.ledger.posted.find((one) => one.period === period)
  assert.ok(posted, `period ${period} is posted`)
  for (const { disk } of sim.nodes) {
    const leaves = await disk.evidence.summary(period)
    if (!leaves) continue
    assert.is(summaryRoot(leaves), posted.root, `the leaves of period ${period} have the posted root`)
    return leaves
  }
  throw new Error(`nobody has the leaves of period ${period}`)
}

export const uptimes = (leaves: readonly Leaf[]): readonly number[] =>
  leaves.map(({ uptimeBps }) => (uptimeBps === UNOBSERVED ? -1 : uptimeBps))

/** No honest hand published two bodies for one place. `except`: the indexes of those who were told to. */
export function assertSignedOnce(sim: SimNetwork, except: readonly number[] = []): void {
  for (const { index, published } of sim.nodes) {
    if (except.includes(index)) continue
    const said = new Map<string, string>()
    for (const record of published.filter(({ kind }) => isSignOnce(kind))) {
      const place = `${record.kind}/${record.unit}/${record.sequence}`
      const body = toHex(bodyHashOf(record))
      assert.is(said.get(place) ?? body, body, `node ${index} said one thing only at ${place}`)
      said.set(place, body)
    }
  }
}

export function nodeAt(sim: SimNetwork, index: number): SimNode {
  const node = sim.nodes[index]
  if (!node) throw new Error(`there is no node ${index}`)
  return node
}
