// The Ledger port on a real EVM node with the real contracts: what a sidecar reads from the chain, seating, posting and
// slashing, each also when somebody else was faster.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { keccak256 } from '../../src/core/bytes.ts'
import { epochStart, periodStart } from '../../src/core/clock.ts'
import { Fault } from '../../src/core/errors.ts'
import { recordDigest } from '../../src/core/records.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { ANVIL_KEYS, startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { SCHEDULE, anyResult, openOutbox, startNetwork } from '../support/anvil-network.ts'
import type { TestNetwork } from '../support/anvil-network.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('chain/ledger')
let anvil: Anvil
let net: TestNetwork

test.before(async () => {
  anvil = await startAnvil()
  net = await startNetwork(anvil, 4)
})
test.after(async () => {
  await net.outbox.stop()
  await anvil.stop()
})

test('the network is read from the ledger address alone', async () => {
  const network = await net.ledger.network()
  assert.equal(network.schedule, SCHEDULE)
  assert.is(network.chainId, 31337n)
  assert.is(network.sidecars, net.contracts.sidecars)
  assert.is(network.committee, net.contracts.committee)
  assert.is(network.ledger, net.contracts.ledger)
  assert.is(toHex(network.drand.publicKey), `0x${net.drand.info.public_key}`)
  assert.is(network.drand.hash, net.drand.info.hash)
  assert.is(network.drand.genesisTime, net.drand.info.genesis_time)
  const domain = keccak256(
    utf8ToBytes('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
  )
  const [name, version] = [keccak256(utf8ToBytes('Stkr mesh')), keccak256(utf8ToBytes('1'))]
  const contract = new Uint8Array(32)
  contract.set(fromHex(net.contracts.sidecars), 12)
  assert.equal(network.separator, keccak256(domain, name, version, word(31337), contract))
})

test('before genesis anybody may still enter epoch 0, so no epoch is fixed', async () => {
  assert.is(await codeRejected(net.ledger.roster(0)), 'epoch-not-fixed')
})

test('the roster of a fixed epoch has every member with its keys, by slot', async () => {
  await net.goTo(epochStart(SCHEDULE, 0))
  const roster = await net.ledger.roster(0)
  const expected = net.sidecars.map((keys, slot) => ({
    id: slot + 1,
    slot,
    signer: keys.record.address,
    peerKey: keys.peerKey,
    blsKey: keys.certificate.publicKey,
  }))
  assert.equal(roster, { epoch: 0, members: expected })
  assert.is(await net.ledger.roster(0), roster, 'read once')
  assert.is((await net.ledger.roster(1)).members.length, 4)
  assert.is(await codeRejected(net.ledger.roster(2)), 'epoch-not-fixed')
})

test('nothing is posted at first', async () => {
  assert.is(await net.ledger.lastPosted(), undefined)
  assert.is(await net.ledger.posted(0), undefined)
})

test('a certificate of a committee nobody seated is refused by name', async () => {
  const result = anyResult(0)
  const roster = await net.ledger.roster(0)
  const certificate = await net.certify(result)
  const fault: unknown = await net.ledger.post(result, certificate, roster).catch((error: unknown) => error)
  assert.is(fault instanceof Fault && fault.data['reason'], 'revert-not-seated')
})

test('the committee is seated once, whoever asks', async () => {
  const roster = await net.ledger.roster(0)
  const beacon = net.beacon(epochStart(SCHEDULE, 0))
  await net.ledger.seat(0, beacon, roster)
  const transactions = await net.provider.getTransactionCount(net.outbox.sender)
  await net.ledger.seat(0, beacon, roster)
  assert.is(await net.provider.getTransactionCount(net.outbox.sender), transactions, 'nothing sent the second time')
})

test('a certified period is posted, and posting it again finds it there', async () => {
  const roster = await net.ledger.roster(0)
  const result = anyResult(0)
  const certificate = await net.certify(result, [2])
  const posting = await net.ledger.post(result, certificate, roster)
  assert.is(posting.ours, true)
  assert.ok(posting.gasUsed > 100_000n && posting.gasUsed < 300_000n, `gas ${posting.gasUsed}`)
  const posted = { period: 0, root: result.root, contentId: result.contentId }
  assert.equal(await net.ledger.posted(0), posted)
  assert.equal(await net.ledger.lastPosted(), posted)
  assert.equal(await net.ledger.post(result, certificate, roster), posting, 'found with the same transaction')

  const other = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const theirs = await (await net.ledgerOf(other)).post(result, certificate, roster)
  assert.equal(theirs, { ...posting, ours: false })
  await other.outbox.stop()
})

test('two who post at once both hear that it is on chain, one as its own', async () => {
  await net.goTo(periodStart(SCHEDULE, 1))
  const roster = await net.ledger.roster(0)
  const first = anyResult(0)
  const result = anyResult(1, { period: 0, root: first.root })
  const certificate = await net.certify(result)
  const other = await openOutbox(anvil.url, ANVIL_KEYS[1])
  const rival = await net.ledgerOf(other)
  await anvil.rpc('evm_setAutomine', false)
  const both = Promise.all([net.ledger.post(result, certificate, roster), rival.post(result, certificate, roster)])
  while (net.outbox.unfinished().length + other.outbox.unfinished().length < 2) await new Promise(setImmediate)
  await anvil.rpc('evm_mine')
  await anvil.rpc('evm_setAutomine', true)
  const [ours, theirs] = await both
  assert.is(ours.ours, !theirs.ours)
  assert.is(ours.tx, theirs.tx)
  assert.is(ours.gasUsed, theirs.gasUsed)
  await other.outbox.stop()
})

test('a result on another base, or for a period gone by, is superseded', async () => {
  const roster = await net.ledger.roster(0)
  await net.goTo(periodStart(SCHEDULE, 3))
  const late = anyResult(2, { period: 0, root: anyResult(0).root })
  assert.is(await codeRejected(net.ledger.post(late, await net.certify(late), roster)), 'post-superseded')
  const again = anyResult(1, { period: 0, root: anyResult(0).root }, 'another root')
  assert.is(await codeRejected(net.ledger.post(again, await net.certify(again), roster)), 'post-superseded')
})

test('a refusal names the contract’s reason', async () => {
  const roster = await net.ledger.roster(0)
  const result = anyResult(2, { period: 1, root: anyResult(1).root })
  const certificate = { ...(await net.certify(result)), signature: (await net.certify(anyResult(3))).signature }
  const fault: unknown = await net.ledger.post(result, certificate, roster).catch((error: unknown) => error)
  assert.instance(fault, Fault)
  assert.is(fault instanceof Fault && fault.code, 'post-refused')
  assert.is(fault instanceof Fault && fault.data['reason'], 'revert-certificate-not-signed')
  assert.is(fault instanceof Fault && fault.verdict, 'reject')
})

test('two records of one author slash it, once', async () => {
  const { separator } = await net.ledger.network()
  const author = net.sidecars[1]
  assert.ok(author)
  const sign = (body: string): SignedRecord => {
    const header = { kind: 1, author: 2, unit: 0, sequence: 0, body: utf8ToBytes(body) }
    return { ...header, signature: author.record.sign(recordDigest(separator, header, keccak256(header.body))) }
  }
  await net.ledger.slash(sign('one'), sign('two'))
  const transactions = await net.provider.getTransactionCount(net.outbox.sender)
  await net.ledger.slash(sign('one'), sign('two'))
  assert.is(await net.provider.getTransactionCount(net.outbox.sender), transactions, 'nothing sent the second time')
  const same = sign('three')
  assert.is(await codeRejected(net.ledger.slash({ ...same, unit: 1 }, { ...same, unit: 1 })), 'revert-same-body')
})

test.run()
