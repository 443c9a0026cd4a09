// Proofs about validators, made from a beacon node's answers: whatever the node sends, a proof is right or there is none.
// That contracts take it is tested where they are (test/cli/pool.test.ts).
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openConsensusNode } from '../../src/chain/consensus.ts'
import { proveValidator } from '../../src/chain/validator-proof.ts'
import { fromHex, keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import type { Hex } from '../../src/core/types.ts'
import { FAR_FUTURE, Validator, youngValidator } from '../support/beacon-ssz.ts'
import { startConsensusNode } from '../support/consensus-node.ts'
import type { ConsensusNodeDouble } from '../support/consensus-node.ts'

const test = suite('chain/validator-proof')
const TIMESTAMP = 1_800_000_000
const INDEX = 6
const PUBKEY = toHex(Buffer.concat([keccak256(utf8ToBytes('validator')), new Uint8Array(16).fill(7)]))
const CREDENTIALS: Hex = `0x01${'00'.repeat(11)}${'ab'.repeat(20)}`
const FIELDS = { ...youngValidator(PUBKEY, CREDENTIALS), effectiveBalance: 32_000_000_000n, activationEpoch: 5n }
let node: ConsensusNodeDouble
let root: Hex

test.before(async () => {
  node = await startConsensusNode()
})
test.before.each(() => {
  node.instead.clear()
  node.version = 'fulu'
  root = node.finalize(FIELDS, INDEX, TIMESTAMP)
})
test.after(() => node.close())

const prove = (url = node.url, pubkey = PUBKEY) =>
  proveValidator(openConsensusNode(url), pubkey, new AbortController().signal)

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'proven'
  } catch (cause) {
    return cause instanceof Fault ? cause.code : String(cause)
  }
}

/** What the contract does with a branch (consensus specification, `is_valid_merkle_branch`). */
function foldedUp(leaf: Uint8Array, branch: readonly Hex[], path: bigint): Hex {
  let at = leaf
  branch.forEach((sibling, i) => {
    const pair = (path >> BigInt(i)) & 1n ? [fromHex(sibling), at] : [at, fromHex(sibling)]
    at = createHash('sha256').update(Buffer.concat(pair)).digest()
  })
  return toHex(at)
}

test('a proof leads from the validator to the block under whose child EIP-4788 keeps it', async () => {
  const proof = await prove()
  assert.equal([proof.timestamp, proof.index, proof.branch.length], [BigInt(TIMESTAMP), BigInt(INDEX), 50])
  assert.equal([proof.effectiveBalance, proof.activationEpoch, proof.exitEpoch], [32_000_000_000n, 5n, FAR_FUTURE])
  const path = BigInt(INDEX) | (11n << 41n) | (3n << 47n)
  assert.is(foldedUp(Validator.hashTreeRoot(FIELDS), proof.branch, path), root)
})

test('a node that is away, refuses or does not know is told apart', async () => {
  assert.is(await codeOf(prove('http://127.0.0.1:1')), 'consensus-unreachable')
  assert.is(await codeOf(prove(node.url, toHex(new Uint8Array(48).fill(9)))), 'validator-unknown')
  node.instead.set('/headers/finalized', 503)
  assert.is(await codeOf(prove()), 'consensus-status')
  node.instead.clear()
  node.instead.set('/config/spec', 404)
  assert.is(await codeOf(prove()), 'consensus-status')
})

test('a state of a fork that is not known is not guessed at', async () => {
  node.version = 'heze'
  assert.is(await codeOf(prove()), 'consensus-fork')
  // Electra's state is another one: the same bytes are not its SSZ, or not the block's.
  node.version = 'electra'
  assert.is(await codeOf(prove()), 'consensus-garbled')
})

test('answers in another form, or of another chain, end in no proof', async () => {
  const proven = await prove()
  const state = new Uint8Array(await (await fetch(`${node.url}${await statePath()}`)).arrayBuffer())
  const turned = Uint8Array.from(state)
  turned[turned.length - 200] = (turned.at(-200) ?? 0) ^ 1
  const message = { slot: '1', proposer_index: '1', parent_root: root, state_root: root, body_root: root }
  const cases: readonly (readonly [string, number | string | Uint8Array])[] = [
    ['/headers/finalized', '{'],
    ['/headers/finalized', '{"data":{}}'],
    [`?parent_root=${root}`, '{"data":[]}'],
    [`?parent_root=${root}`, JSON.stringify({ data: [{ root, canonical: false, header: { message } }] })],
    ['/genesis', '{"data":{"genesis_time":"-1"}}'],
    ['/genesis', ' '.repeat(2 ** 20 + 1)],
    ['/spec', '{"data":{"SECONDS_PER_SLOT":"twelve"}}'],
    [`/validators/${PUBKEY}`, JSON.stringify({ data: { index: '0', validator: { pubkey: PUBKEY } } })],
    [`/validators/${PUBKEY}`, JSON.stringify({ data: { index: '99', validator: { pubkey: PUBKEY } } })],
    [await statePath(), new Uint8Array(0)],
    [await statePath(), state.subarray(0, state.length - 1)],
    [await statePath(), turned],
  ]
  for (const [end, answer] of cases) {
    node.instead.clear()
    node.instead.set(end, answer)
    assert.is(await codeOf(prove()), 'consensus-garbled', `${end}: ${String(answer).slice(0, 40)}`)
  }
  node.instead.clear()
  assert.equal(await prove(), proven)
})

async function statePath(): Promise<string> {
  const { header } = await openConsensusNode(node.url).finalized(new AbortController().signal)
  return `/eth/v2/debug/beacon/states/${header.stateRoot}`
}

test.run()
