// The log: fields as they are, errors with their stack, secrets never, files of bounded size without a line lost.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLog } from '../../src/cli/log.ts'
import { until } from '../support/p2p.ts'

const folder = mkdtempSync(join(tmpdir(), 'stkr-log-'))
const log = suite('log')
log.after(() => {
  rmSync(folder, { recursive: true })
})

/** Whole lines; a file may just be moving. */
const read = (file: string): Record<string, unknown>[] =>
  (existsSync(file) ? readFileSync(file, 'utf8') : '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const opened = (file: string) =>
  until(
    () => existsSync(file),
    () => `${file} is missing`,
  )

log('fields, errors with their stack, no secrets, another level on the way', async () => {
  const file = join(folder, 'one')
  const one = openLog({ logLevel: 'info', logFile: file, logMb: 1, logFiles: 2 })
  await opened(file)
  one.debug('not told')
  one.warn('a thing', { token: 'hunter2', request: { authorization: 'hunter2' }, error: new Error('why'), gas: 5n })
  assert.is(one.toggleDebug(), 'debug')
  one.debug('told')
  assert.is(one.toggleDebug(), 'info')
  one.debug('not told')
  await until(
    () => read(file).length >= 2,
    () => 'the lines are missing',
  )
  one.close()
  const [thing, told, ...rest] = read(file)
  assert.is(rest.length, 0)
  assert.is(thing?.['msg'], 'a thing')
  assert.match(String((thing?.['error'] as { stack?: string }).stack), 'Error: why')
  assert.is(told?.['msg'], 'told')
  assert.not.match(readFileSync(file, 'utf8'), 'hunter2')
})

log('files are put aside, the oldest go, no line is lost in between', async () => {
  const file = join(folder, 'many')
  const many = openLog({ logLevel: 'info', logFile: file, logMb: 1, logFiles: 2 })
  const text = 'x'.repeat(10_000)
  const names = () => readdirSync(folder).filter((name) => name.startsWith('many'))
  const written = (line: number) => [file, `${file}.1`].some((name) => read(name).some(({ i }) => i === line))
  let i = 0
  while (names().length < 3) {
    for (let burst = 0; burst < 20; burst++) many.info('line', { i: i++, text })
    // What is written is put aside, not what is said: a slow disk must not look like a log without end.
    await until(
      () => written(i - 1),
      () => `line ${i - 1} is missing`,
    )
  }
  const last = i - 1
  await opened(file)
  many.close()
  const all = ['.2', '.1', ''].flatMap((end) => read(`${file}${end}`)).map((line) => Number(line['i']))
  assert.equal(
    all,
    Array.from({ length: all.length }, (_, n) => (all[0] ?? 0) + n),
  )
  assert.is(all.at(-1), last)
  assert.equal(names().toSorted(), ['many', 'many.1', 'many.2'])
})

log.run()
