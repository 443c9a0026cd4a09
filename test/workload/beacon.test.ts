// The beacon node's client against a double that keeps to the published schema: field types are checked strictly, empty
// slots are stepped over, and nothing a node sends does more than a Fault.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { Fault, codeOf } from '../../src/core/errors.ts'
import { EMPTY_SLOTS_MAX, createBeacon } from '../../src/workload/beacon.ts'
import { GENESIS_ROOT, goodAnswer, rootOf, startBeaconNode } from '../support/beacon-node.ts'
import type { BeaconFace, BeaconNodeDouble } from '../support/beacon-node.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('workload/beacon')
const never = new AbortController().signal

const withNode = async (change: Partial<BeaconFace>, run: (node: BeaconNodeDouble) => Promise<void>): Promise<void> => {
  const node = await startBeaconNode(change)
  try {
    await run(node)
  } finally {
    await node.close()
  }
}
const clientOf = ({ url }: { readonly url: string }) => createBeacon({ url, timeoutMs: 2_000 })

test('status: who it is, what it follows, how far it is', () =>
  withNode({ headSlot: 77 }, async (node) => {
    assert.equal(await clientOf(node).status(never), {
      client: 'Double/v1.0.0 (x86_64-linux)',
      network: fromHex(GENESIS_ROOT),
      headNumber: 77,
      headHash: fromHex(rootOf(77)),
      peers: 55,
      syncDistance: 0,
    })
  }))

test('syncing is a distance of at least one; not being ready at all is a fault', () =>
  withNode({ health: 206 }, async (node) => {
    const data = { head_slot: '100', sync_distance: '0', is_syncing: true }
    node.face.instead.set('/eth/v1/node/syncing', { data })
    assert.is((await clientOf(node).status(never)).syncDistance, 1)
    node.face.instead.set('/eth/v1/node/syncing', { data: { ...data, sync_distance: '40', is_syncing: false } })
    assert.is((await clientOf(node).status(never)).syncDistance, 40)
    node.face.health = 503
    assert.is(await codeRejected(clientOf(node).status(never)), 'workload-status')
  }))

test('the proof of a slot is the root of the newest block at or before it', () =>
  withNode({ empty: new Set([90, 91]) }, async (node) => {
    const root = async (slot: number): Promise<string | undefined> => {
      const found = await clientOf(node).proof(slot, never)
      return found && toHex(found)
    }
    assert.is(await root(89), rootOf(89))
    assert.is(await root(90), rootOf(89))
    assert.is(await root(91), rootOf(89))
    assert.is(await root(92), rootOf(92))
    assert.is(await root(-1), undefined)
    assert.is(await root(2 ** 60), undefined)
    assert.is(await root(100 + EMPTY_SLOTS_MAX), undefined, 'not there yet')
    node.face.empty = new Set(Array.from({ length: EMPTY_SLOTS_MAX }, (_, i) => 60 + i))
    assert.is(await root(59 + EMPTY_SLOTS_MAX), undefined, 'an outage has no answer')
  }))

test('another block than the one asked for, and one that was reorganised away', () =>
  withNode({}, async (node) => {
    node.face.instead.set('/eth/v1/beacon/headers/50', goodAnswer('/eth/v1/beacon/headers/49'))
    assert.is(await codeRejected(clientOf(node).proof(50, never)), 'workload-garbled')
    const good = goodAnswer('/eth/v1/beacon/headers/50') as { data: object }
    node.face.instead.set('/eth/v1/beacon/headers/50', { ...good, data: { ...good.data, canonical: false } })
    assert.is(await codeRejected(clientOf(node).proof(50, never)), 'workload-garbled')
  }))

const FIELDS: readonly (readonly [path: string, field: string, wrong: unknown])[] = [
  ['/eth/v1/node/version', 'version', 7],
  ['/eth/v1/node/syncing', 'head_slot', 100],
  ['/eth/v1/node/syncing', 'head_slot', '0100'],
  ['/eth/v1/node/syncing', 'head_slot', '-1'],
  ['/eth/v1/node/syncing', 'head_slot', '99999999999999999'],
  ['/eth/v1/node/syncing', 'sync_distance', '1e3'],
  ['/eth/v1/node/syncing', 'is_syncing', 'false'],
  ['/eth/v1/node/syncing', 'el_offline', 0],
  ['/eth/v1/node/peer_count', 'connected', 55],
  ['/eth/v1/node/peer_count', 'connected', '4294967296'],
  ['/eth/v1/beacon/genesis', 'genesis_validators_root', `0x${'4b'.repeat(31)}`],
  ['/eth/v1/beacon/genesis', 'genesis_time', 5],
  ['/eth/v1/beacon/headers/head', 'root', '0x00'],
  ['/eth/v1/beacon/headers/head', 'canonical', 'true'],
  ['/eth/v1/beacon/headers/head', 'header', {}],
]
for (const [path, field, wrong] of FIELDS)
  test(`${path}: ${field} = ${JSON.stringify(wrong)}`, () =>
    withNode({}, async (node) => {
      const good = goodAnswer(path) as { data: object }
      node.face.instead.set(path, { ...good, data: { ...good.data, [field]: wrong } })
      assert.is(await codeRejected(clientOf(node).status(never)), 'workload-garbled')
    }))

test('what a node answers although it is unfit', () =>
  withNode({}, async (node) => {
    const codes = async (): Promise<readonly string[]> => (await clientOf(node).flaws(never)).map(codeOf)
    assert.equal(await codes(), [])
    const data = { head_slot: '100', sync_distance: '0', is_syncing: false, is_optimistic: true, el_offline: true }
    node.face.instead.set('/eth/v1/node/syncing', { data })
    assert.equal(await codes(), ['beacon-el-offline', 'beacon-optimistic'])
    node.face.instead.clear()
    const fork = { previous_version: '0x00000000', current_version: '0x04000000', epoch: '0' }
    node.face.instead.set('/eth/v1/beacon/states/head/fork', { data: fork })
    assert.equal(await codes(), ['beacon-fork'], 'epoch 3 belongs to the fork of epoch 2')
    node.face.headSlot = 40
    assert.equal(await codes(), [], 'epoch 1 does not')
  }))

const PATHS = [
  '/eth/v1/node/version',
  '/eth/v1/node/syncing',
  '/eth/v1/node/peer_count',
  '/eth/v1/beacon/genesis',
  '/eth/v1/beacon/headers/head',
] as const

test('any JSON and any text in any place: a status in form, or a Fault', () =>
  withNode({}, async (node) => {
    const client = clientOf(node)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS),
        fc.oneof(
          fc.string({ maxLength: 300 }),
          fc.jsonValue(),
          fc.jsonValue().map((value) => ({ data: value })),
          fc
            .dictionary(
              fc.constantFrom('version', 'head_slot', 'connected', 'root', 'header', '__proto__'),
              fc.jsonValue(),
            )
            .map((value) => ({ data: value })),
        ),
        async (path, value) => {
          node.face.instead.clear()
          node.face.instead.set(path, value)
          try {
            const status = await client.status(never)
            assert.ok(Number.isSafeInteger(status.headNumber) && status.network.length === 32)
          } catch (error) {
            assert.instance(error, Fault, String(error))
          }
        },
      ),
      { numRuns: 60 },
    )
  }))

test.run()
