import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWaiting } from '../../src/round/waiting.ts'

const test = suite('round: waiting')
const OPTIONS = { perAuthor: 2, total: 5, aheadRounds: 3 }

test('woken by its round, in order of arrival', async () => {
  const waiting = createWaiting(OPTIONS)
  waiting.handled(10)
  const woken: string[] = []
  const wait = async (round: number, author: string): Promise<void> => {
    woken.push(`${author} ${await waiting.until(round, author)}`)
  }
  const all = [wait(12, 'a'), wait(11, 'b'), wait(11, 'c'), wait(10, 'd')]
  waiting.handled(11)
  assert.is(waiting.size, 1)
  waiting.handled(13)
  await Promise.all(all)
  assert.equal(woken, ['d due', 'b due', 'c due', 'a due'])
})

test('bounded per author, in total and in rounds ahead', async () => {
  const waiting = createWaiting(OPTIONS)
  waiting.handled(10)
  assert.is(await waiting.until(14, 'a'), 'too-early')
  const held = [waiting.until(11, 'a'), waiting.until(12, 'a')]
  assert.is(await waiting.until(11, 'a'), 'full', 'two of one author')
  held.push(waiting.until(11, 'b'), waiting.until(11, 'c'), waiting.until(11, 'd'))
  assert.is(await waiting.until(11, 'e'), 'full', 'five in total')
  waiting.handled(12)
  assert.equal(await Promise.all(held), Array<string>(5).fill('due'))
  assert.is(waiting.size, 0)
  const again = waiting.until(13, 'a')
  waiting.handled(13)
  assert.is(await again, 'due', 'the places of an author are free again')
})

test('stop wakes everybody, and nothing waits afterwards', async () => {
  const waiting = createWaiting(OPTIONS)
  const held = waiting.until(2, 'a')
  waiting.stop()
  assert.is(await held, 'stopped')
  assert.is(await waiting.until(2, 'a'), 'stopped')
})

test.run()
