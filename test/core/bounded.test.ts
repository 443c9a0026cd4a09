import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBounded } from '../../src/core/bounded.ts'

const test = suite('core/bounded')

/** `count` chunks of `size` bytes; `ended` says how the reader left. */
function source(count: number, size: number) {
  const state = { given: 0, ended: false }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (; state.given < count; state.given++) yield new Uint8Array(size).fill(state.given)
    } finally {
      state.ended = true
    }
  }
  return { state, chunks: chunks() }
}

test('what fits comes back whole and in order', async () => {
  assert.equal(await readBounded(source(3, 2).chunks, 6), Uint8Array.of(0, 0, 1, 1, 2, 2))
  assert.equal(await readBounded(null, 6), new Uint8Array(0))
})

test('one byte too many ends the reading at once and closes the source', async () => {
  const { state, chunks } = source(1_000_000, 2)
  assert.is(await readBounded(chunks, 5), undefined)
  assert.is(state.given, 2)
  assert.ok(state.ended)
})

test.run()
