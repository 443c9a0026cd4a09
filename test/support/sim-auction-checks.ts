// What tests ask of a simulated auction, and the records an attacker would forge: each with its author's valid signature.

import * as assert from 'uvu/assert'
import { SealedBidBody } from '../../src/auction/codec.ts'
import type { MeshEvent } from '../../src/core/ports.ts'
import { isSignOnce } from '../../src/core/records.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { toHex } from '../../src/core/bytes.ts'
import { bodyHashOf, signRecord } from '../../src/round/record.ts'
import type { AuctionNode, AuctionSim } from './sim-auction-scenario.ts'
import { simKeys } from './sim-crypto.ts'

export type EventOf<T extends MeshEvent['type']> = Extract<MeshEvent, { type: T }>

export const eventsOf = <T extends MeshEvent['type']>(node: AuctionNode, type: T): EventOf<T>[] =>
  node.events.filter((event): event is EventOf<T> => event.type === type)

export function nodeAt(sim: AuctionSim, index: number): AuctionNode {
  const node = sim.nodes[index]
  if (!node) throw new Error(`there is no node ${index}`)
  return node
}

/** Codes of everything that got stuck anywhere, as `step/code`. */
export const stuckCodes = (sim: AuctionSim): ReadonlySet<string> =>
  new Set(sim.nodes.flatMap((node) => eventsOf(node, 'job-stuck').map(({ step, code }) => `${step}/${code}`)))

export const refusalsOf = (sim: AuctionSim): ReadonlySet<string> => new Set(sim.nodes.flatMap((node) => node.refusals))

/** Winner, price and the providers that were admitted, as `node` was told. */
export const outcomeAt = (node: AuctionNode) => {
  const [settled] = eventsOf(node, 'job-settled')
  const [admitted] = eventsOf(node, 'bids-admitted')
  return { winner: settled?.winner, price: settled?.price, admitted: admitted?.providers }
}

/** Every node that is not excepted was told the same outcome. */
export function assertOutcome(
  sim: AuctionSim,
  expected: { winner: number; price: bigint; admitted: readonly number[] },
  except: readonly number[] = [],
): void {
  for (const node of sim.nodes)
    if (!except.includes(node.index)) assert.equal(outcomeAt(node), expected, `node ${node.index}`)
}

/** No honest hand published two bodies for one place. */
export function assertSignedOnce(sim: AuctionSim, except: readonly number[] = []): void {
  for (const { index, published } of sim.nodes) {
    const said = new Map<string, string>()
    for (const record of published.filter((one) => isSignOnce(one.kind) && one.author === index + 1)) {
      const place = `${record.kind}/${record.unit}/${record.sequence}`
      const body = toHex(bodyHashOf(record))
      if (!except.includes(index)) assert.is(said.get(place) ?? body, body, `node ${index} said one thing at ${place}`)
      said.set(place, body)
    }
  }
}

/** The same place with another body, or another place with this one, under the signature of node `index`. */
export function forge(
  sim: AuctionSim,
  index: number,
  record: SignedRecord,
  changes: { body?: Uint8Array; sequence?: number; author?: number },
): SignedRecord {
  const { signer } = simKeys(`bidder ${index}`)
  const { kind, unit } = record
  const header = { kind, unit, author: changes.author ?? index + 1, sequence: changes.sequence ?? record.sequence }
  return signRecord(signer, sim.network.separator, header, changes.body ?? record.body)
}

export const withCiphertext = (record: SignedRecord, ciphertext: Uint8Array): Uint8Array =>
  SealedBidBody.serialize({ ...SealedBidBody.deserialize(record.body), ciphertext })
