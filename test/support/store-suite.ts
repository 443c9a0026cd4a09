// What every store must do, on disk or in memory. `open` gives a store on the same disk each time: closing one and
// opening the next is a restart.
import fc from 'fast-check'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { recordHash } from '../../src/core/records.ts'
import type { Leaf, SignedRecord } from '../../src/core/types.ts'
import type { Store } from '../../src/store/open.ts'
import { codeRejected } from './faults.ts'

export const record = (over: Partial<SignedRecord> = {}): SignedRecord => ({
  kind: 1,
  author: 7,
  unit: 3,
  sequence: 0,
  body: utf8ToBytes('body'),
  signature: new Uint8Array(64).fill(9),
  ...over,
})

const leaf = (slot: number): Leaf => ({
  id: slot + 1,
  slot,
  uptimeBps: 65_535,
  latencyMs: 0xffff_ffff,
  observers: 3,
  blockNumber: Number.MAX_SAFE_INTEGER,
  periodsObserved: slot,
  uptimeSum: 10_000 * slot,
  diligenceSum: 1,
})

const names = (records: readonly SignedRecord[]): readonly string[] => records.map(recordHash).sort()

export interface Disk {
  open(): Promise<Store>
  remove(): Promise<void>
}

/** Adds the cases to `test`; running it is left to its file. */
export const storeCases = (test: Test, makeDisk: () => Promise<Disk>): void => {
  /** Runs on a fresh disk; `restart` closes and opens again. */
  const on = async (run: (store: () => Store, restart: () => Promise<void>) => Promise<void>): Promise<void> => {
    const disk = await makeDisk()
    let store = await disk.open()
    try {
      await run(
        () => store,
        async () => {
          await store.close()
          store = await disk.open()
        },
      )
    } finally {
      await store.close()
      await disk.remove()
    }
  }

  test('a record is signed once, whoever asks and however often the process restarts', () =>
    on(async (store, restart) => {
      const first = record({ body: utf8ToBytes('first') })
      const second = record({ body: utf8ToBytes('second') })
      assert.equal(await store().journal.signOnce(first), first)
      assert.equal(await store().journal.signOnce(second), first)
      await restart()
      assert.equal(await store().journal.signOnce(second), first)
      assert.equal(await store().journal.signed(1, 3, 0), first)
      for (const other of [record({ kind: 2 }), record({ unit: 4 }), record({ sequence: 1 })])
        assert.equal(await store().journal.signOnce(other), other, `${other.kind} ${other.unit} ${other.sequence}`)
      assert.is(await store().journal.signed(1, 99, 0), undefined)
    }))

  test('of many that sign at the same time one wins', () =>
    on(async (store) => {
      const rivals = Array.from({ length: 20 }, (_, i) => record({ body: utf8ToBytes(`rival ${i}`) }))
      const won = await Promise.all(rivals.map((rival) => store().journal.signOnce(rival)))
      assert.is(new Set(won.map((winner) => toHex(winner.body))).size, 1)
    }))

  test('kinds that may be signed many times are not for the journal', () =>
    on(async (store) => {
      assert.is(await codeRejected(store().journal.signOnce(record({ kind: 128 }))), 'not-sign-once')
    }))

  test('a secret outlives a restart and cannot be replaced once its seal is signed', () =>
    on(async (store, restart) => {
      await store().journal.putSecret(3, utf8ToBytes('salt'))
      await restart()
      assert.equal(await store().journal.secret(3), utf8ToBytes('salt'))
      await store().journal.putSecret(3, utf8ToBytes('other salt'))
      await store().journal.signOnce(record())
      assert.is(await codeRejected(store().journal.putSecret(3, utf8ToBytes('third salt'))), 'secret-sealed')
      await store().journal.putSecret(3, utf8ToBytes('other salt'))
      assert.equal(await store().journal.secret(3), utf8ToBytes('other salt'))
      assert.is(await store().journal.secret(4), undefined)
      assert.is(await codeRejected(store().journal.putSecret(5, new Uint8Array(70_000))), 'oversized')
    }))

  test('evidence is found by hash and by unit, in whatever portions it came', () =>
    on(async (store, restart) => {
      const records = [0, 1, 2, 3].map((i) => record({ author: i, unit: i < 3 ? 8 : 9 }))
      await store().evidence.put(records.slice(0, 2))
      await store().evidence.put(records)
      await restart()
      assert.equal(names(await store().evidence.ofUnit(8)), names(records.slice(0, 3)))
      assert.equal(names(await store().evidence.ofUnit(9)), names(records.slice(3)))
      assert.equal(await store().evidence.ofUnit(10), [])
      for (const kept of records) assert.equal(await store().evidence.get(recordHash(kept)), kept, `${kept.author}`)
      assert.is(await store().evidence.get(`0x${'00'.repeat(32)}`), undefined)
      assert.is(await codeRejected(store().evidence.get('0x00')), 'bad-hex')
    }))

  test('answers are apart from records but served by hash as well', () =>
    on(async (store) => {
      const answers = [1, 2].map((i) => record({ kind: 128, author: i, unit: 8 }))
      await store().evidence.putAnswers(8, answers.slice(0, 1))
      await store().evidence.putAnswers(8, answers)
      assert.equal(names(await store().evidence.answers(8)), names(answers))
      assert.equal(await store().evidence.ofUnit(8), [])
      for (const kept of answers) assert.equal(await store().evidence.get(recordHash(kept)), kept, `${kept.author}`)
    }))

  test('summaries keep every field of every leaf', () =>
    on(async (store, restart) => {
      const leaves = [0, 1, 2].map(leaf)
      await store().evidence.putSummary(5, leaves)
      await store().evidence.putSummary(6, [])
      await restart()
      assert.equal(await store().evidence.summary(5), leaves)
      assert.equal(await store().evidence.summary(6), [])
      assert.is(await store().evidence.summary(7), undefined)
    }))

  test('pruning forgets by range, and what is forgotten is never signed again', () =>
    on(async (store, restart) => {
      const units = [0, 1, 2, 255, 256, 257]
      for (const unit of units) {
        await store().journal.signOnce(record({ unit }))
        await store().journal.putSecret(unit + 1000, utf8ToBytes('salt'))
        await store().evidence.put([record({ unit })])
        await store().evidence.putAnswers(unit, [record({ kind: 128, unit })])
        await store().evidence.putSummary(unit, [leaf(0)])
      }
      await store().journal.signOnce(record({ kind: 8, unit: 1 }))
      await store().evidence.prune(256)
      await restart()
      for (const unit of units) {
        const kept = unit >= 256
        const { journal, evidence } = store()
        assert.is((await evidence.ofUnit(unit)).length, kept ? 1 : 0, `records ${unit}`)
        assert.is((await evidence.answers(unit)).length, kept ? 1 : 0, `answers ${unit}`)
        assert.is((await evidence.summary(unit)) !== undefined, kept, `summary ${unit}`)
        assert.is((await evidence.get(recordHash(record({ unit })))) !== undefined, kept, `by hash ${unit}`)
        assert.is((await journal.signed(1, unit, 0)) !== undefined, kept, `signed ${unit}`)
        const outcome = await codeRejected(journal.signOnce(record({ unit, body: utf8ToBytes('again') })))
        assert.is(outcome, kept ? 'nothing' : 'unit-forgotten', `signing ${unit}`)
      }
      assert.is(await codeRejected(store().journal.putSecret(3, utf8ToBytes('salt'))), 'unit-forgotten')
      assert.equal(await store().journal.signed(8, 1, 0), record({ kind: 8, unit: 1 }), 'jobs are no periods')
      await store().evidence.prune(10)
      assert.is((await store().evidence.ofUnit(256)).length, 1, 'pruning never goes back')
    }))

  test('pending transactions and cursors outlive a restart', () =>
    on(async (store, restart) => {
      assert.equal(await store().pending.all(), [])
      await store().pending.put('post:12', utf8ToBytes('one'))
      await store().pending.put('post:12', utf8ToBytes('two'))
      await store().pending.put('seat:3', utf8ToBytes('three'))
      await store().cursors.set('events', 2 ** 40)
      await restart()
      const pending = await store().pending.all()
      assert.equal(pending, [
        ['post:12', utf8ToBytes('two')],
        ['seat:3', utf8ToBytes('three')],
      ])
      await store().pending.remove('post:12')
      await store().pending.remove('unknown')
      assert.is((await store().pending.all()).length, 1)
      assert.is(await store().cursors.get('events'), 2 ** 40)
      assert.is(await store().cursors.get('unknown'), undefined)
    }))

  test('a unit that is no whole number is refused', () =>
    on(async (store) => {
      for (const unit of [-1, 1.5, Number.NaN, 2 ** 53])
        assert.is(await codeRejected(store().journal.secret(unit)), 'store-key', String(unit))
    }))

  test('after close nothing works, by name', async () => {
    const disk = await makeDisk()
    const store = await disk.open()
    await store.close()
    assert.is(await codeRejected(store.journal.signOnce(record())), 'store-closed')
    assert.is(await codeRejected(store.evidence.ofUnit(1)), 'store-closed')
    await disk.remove()
  })

  test('whatever the order of signing and restarting, a key has one record', async () => {
    const seed = Date.now()
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom(1, 5), fc.nat(2), fc.nat(1), fc.nat(3)) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    )
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) =>
      on(async (store, restart) => {
        const model = new Map<string, string>()
        for (const taken of steps) {
          if (taken === 'restart') {
            await restart()
            continue
          }
          const [kind, unit, sequence, body] = taken
          const key = `${kind}/${unit}/${sequence}`
          const signed = await store().journal.signOnce(
            record({ kind, unit, sequence, body: utf8ToBytes(String(body)) }),
          )
          const first = model.get(key) ?? String(body)
          model.set(key, first)
          assert.is(new TextDecoder().decode(signed.body), first, `seed ${seed}: ${key}`)
        }
      }),
    )
    await fc.assert(property, { seed, numRuns: 10 })
  })
}
