// What was signed, carried from one store to another: nothing is lost, nothing already known changes, nothing can be signed
// twice afterwards.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../../src/core/errors.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/open.ts'

const interchange = suite('store: interchange')
const folder = mkdtempSync(join(tmpdir(), 'stkr-interchange-'))
interchange.after(() => {
  rmSync(folder, { recursive: true })
})

const record = (unit: number, body: number, kind: number = RECORD_KINDS.seal): SignedRecord => ({
  kind,
  author: 7,
  unit,
  sequence: 0,
  body: new Uint8Array(32).fill(body),
  signature: new Uint8Array(64).fill(body),
})

async function withStore<T>(name: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(join(folder, name))
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

const SECRET = new Uint8Array([1, 2, 3])

interchange('a moved sidecar signs nothing else in the same place', async () => {
  const history = await withStore('from', async (store) => {
    await store.journal.putSecret(5, SECRET)
    await store.journal.signOnce(record(5, 1))
    await store.journal.signOnce(record(6, 2))
    await store.journal.signOnce(record(40, 3, RECORD_KINDS.bid))
    await store.evidence.prune(3)
    return store.interchange.history()
  })
  assert.is(history.records.length, 3)
  const merged = await withStore('to', (store) => store.interchange.merge(history))
  assert.equal(merged, { added: 3, known: 0, conflicts: [] })
  await withStore('to', async ({ journal }) => {
    assert.equal((await journal.signOnce(record(5, 9))).body, record(5, 1).body, 'the one signed there')
    assert.equal((await journal.signOnce(record(40, 9, RECORD_KINDS.bid))).body, record(40, 3).body)
    assert.equal(await journal.secret(5), SECRET, 'its seal can still be revealed')
    const closed = await journal.signOnce(record(2, 1)).catch(codeOf)
    assert.is(closed, 'unit-forgotten', 'the floor came along')
  })
})

interchange('what is known stays, twice is once, a difference is told', async () => {
  await withStore('both', async (store) => {
    await store.journal.signOnce(record(5, 1))
    await store.journal.signOnce(record(6, 1))
  })
  const history = {
    floor: 0,
    records: [record(5, 1), record(6, 2), record(7, 1)],
    secrets: [{ unit: 6, secret: SECRET }],
  }
  await withStore('both', async ({ interchange: two }) => {
    assert.equal(await two.merge(history), { added: 1, known: 1, conflicts: [record(6, 2)] })
    assert.equal(await two.merge(history), { added: 0, known: 2, conflicts: [record(6, 2)] })
  })
  await withStore('both', async ({ journal }) => {
    assert.equal((await journal.signed(RECORD_KINDS.seal, 6, 0))?.body, record(6, 1).body, 'ours')
    assert.is(await journal.secret(6), undefined, 'a secret that is not our seal’s stays out')
  })
})

interchange('a floor never falls', async () => {
  await withStore('floor', (store) => store.evidence.prune(9))
  await withStore('floor', (store) => store.interchange.merge({ floor: 4, records: [], secrets: [] }))
  assert.is((await withStore('floor', (store) => store.interchange.history())).floor, 9)
})

interchange('the mark of a move lasts until it is taken away', async () => {
  await withStore('mark', (store) => store.interchange.markMoved(1_234))
  assert.is(await withStore('mark', (store) => store.interchange.movedAt()), 1_234)
  await withStore('mark', (store) => store.interchange.markMoved(undefined))
  assert.is(await withStore('mark', (store) => store.interchange.movedAt()), undefined)
})

interchange.run()
