// The store of auctions over a real database: by name, by job, bounded, secrets never replaced, forgotten without trace.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recordHash } from '../../src/core/records.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { createAuctionStore } from '../../src/store/auctions.ts'
import { u64 } from '../../src/store/keys.ts'
import { codeRejected } from '../support/faults.ts'
import { createDisk, openMemoryDatabase, openMemoryStore } from '../support/memory-store.ts'

const test = suite('store/auctions')

const record = (unit: number, sequence: number): SignedRecord => ({
  kind: 8,
  author: 1,
  unit,
  sequence,
  body: new Uint8Array(192).fill(sequence),
  signature: new Uint8Array(64).fill(7),
})

test('records are found by name and by job, also by the next process', async () => {
  const disk = createDisk()
  const first = await openMemoryStore(disk)
  await first.auctions.put([record(1, 0), record(2, 0), record(1, 1)])
  await first.auctions.put([record(1, 0)])
  await first.close()
  const { auctions, close } = await openMemoryStore(disk)
  assert.equal((await auctions.ofJob(1)).map(({ sequence }) => sequence).sort(), [0, 1])
  assert.equal(await auctions.get(recordHash(record(2, 0))), record(2, 0))
  assert.is(await auctions.get(recordHash(record(3, 0))), undefined)
  assert.equal(await auctions.jobs(), [1, 2])
  await close()
})

test('a secret is kept as it was first, whatever is offered later', async () => {
  const { auctions, close } = await openMemoryStore(createDisk())
  const one = new Uint8Array(32).fill(1)
  assert.equal(await auctions.putSecret(5, 0, one), one)
  assert.equal(await auctions.putSecret(5, 0, new Uint8Array(32).fill(2)), one)
  assert.equal(await auctions.secret(5, 0), one)
  assert.is(await auctions.secret(5, 1), undefined)
  assert.equal(await auctions.jobs(), [5], 'a job of which only a secret is kept')
  await close()
})

test('who may bid is still known to the next process', async () => {
  const disk = createDisk()
  const first = await openMemoryStore(disk)
  const bidders = [1, 2].map((provider) => ({
    provider,
    author: provider + 4,
    signer: `0x${'ab'.repeat(20)}` as const,
  }))
  await first.auctions.putBidders(3, bidders)
  await first.close()
  const { auctions, close } = await openMemoryStore(disk)
  assert.equal(await auctions.bidders(3), bidders)
  assert.is(await auctions.bidders(4), undefined)
  assert.equal(await auctions.jobs(), [3])
  await auctions.forget(3)
  assert.is(await auctions.bidders(3), undefined)
  await close()
})

test('a list of bidders that is none is told, not believed', async () => {
  const database = openMemoryDatabase(createDisk())
  await database.write([{ table: 'bidders', key: u64(3), value: new Uint8Array(5) }], { durable: true })
  assert.is(await codeRejected(createAuctionStore(database).bidders(3)), 'store-corrupt')
})

test('forgetting a job leaves nothing of it and all of the others', async () => {
  const { auctions, close } = await openMemoryStore(createDisk())
  await auctions.put([record(1, 0), record(2, 0)])
  await auctions.putSecret(1, 0, new Uint8Array(32))
  await auctions.forget(1)
  assert.equal(await auctions.ofJob(1), [])
  assert.is(await auctions.get(recordHash(record(1, 0))), undefined)
  assert.is(await auctions.secret(1, 0), undefined)
  assert.equal(await auctions.jobs(), [2])
  await close()
})

test('one job cannot fill the disk', async () => {
  const auctions = createAuctionStore(openMemoryDatabase(createDisk()), { jobBytes: 600 })
  await auctions.put([record(1, 0), record(1, 1)])
  assert.is(await codeRejected(auctions.put([record(1, 2)])), 'evidence-full')
  await auctions.put([record(2, 0)])
  assert.equal(await auctions.jobs(), [1, 2])
})

test.run()
