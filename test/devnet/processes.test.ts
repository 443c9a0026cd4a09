// Processes that end with us: asked, unasked, and when this process itself is gone.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fork } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../../src/core/errors.ts'
import { createProcesses, describeEnding } from '../../src/devnet/processes.ts'

const processes = suite('processes')
const folder = mkdtempSync(join(tmpdir(), 'stkr-processes-'))
processes.after(() => {
  rmSync(folder, { recursive: true })
})

/** A program that says it is ready, then does as told. */
const program = (name: string, then: string): string => {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, `process.on('disconnect', () => process.exit(0)); console.log('ready', process.pid); ${then}`)
  return file
}
const pid = (line: string): number | undefined => Number(/^ready (\d+)$/.exec(line)?.[1]) || undefined
const alive = (id: number): boolean => {
  try {
    process.kill(id, 0)
    return true
  } catch {
    return false
  }
}

processes('stop ends all, and says it was asked', async () => {
  const all = createProcesses(folder)
  const idle = program('idle', 'setInterval(() => {}, 1000)')
  const children = ['a', 'b'].map((name) => all.start({ name, entry: idle, args: [] }))
  const pids = await Promise.all(children.map((child) => child.ready(pid, 10_000)))
  await all.stop()
  for (const [i, child] of children.entries()) {
    assert.is((await child.ended).asked, true, child.name)
    assert.not.ok(alive(pids[i] ?? 0), `${child.name} is gone`)
  }
})

processes('one that ends by itself gives its last words', async () => {
  const all = createProcesses(folder)
  const child = all.start({
    name: 'fails',
    entry: program('fails', "console.error('no such port'); process.exit(7)"),
    args: [],
  })
  const ending = await child.ended
  assert.equal({ ...ending }, { code: 7, signal: null, asked: false, words: 'no such port' })
  assert.is(describeEnding(ending), 'exit code 7: no such port')
  await all.stop()
})

processes('one that ends before it is ready is a fault, as is one that never is', async () => {
  const all = createProcesses(folder)
  const gone = all.start({ name: 'gone', entry: program('gone', 'process.exit(1)'), args: [] })
  const slow = all.start({ name: 'slow', entry: program('slow', 'setInterval(() => {}, 1000)'), args: [] })
  const never = () => undefined
  const codes = await Promise.all(
    [gone.ready(never, 10_000), slow.ready(never, 200)].map((ready) => ready.then(() => 'none', codeOf)),
  )
  assert.equal(codes, ['process-ended', 'process-slow'])
  await all.stop()
})

processes('a native program that will not end is ended, however often it was asked', async () => {
  const all = createProcesses(folder)
  const stubborn =
    "process.on('SIGTERM', () => console.log('asked')); console.log('ready', process.pid); setInterval(() => {}, 1000)"
  const child = all.startNative('stubborn', process.execPath, ['-e', stubborn])
  const native = await child.ready(pid, 10_000)
  const stopping = all.stop()
  await child.ready((line) => line === 'asked' || undefined, 10_000)
  await Promise.all([stopping, all.stop()])
  assert.not.ok(alive(native), 'it is gone')
})

processes('a native program ends with its keeper when this process is killed', async () => {
  const parent = join(folder, 'parent.mjs')
  const source = new URL('../../src/devnet/processes.ts', import.meta.url).href
  writeFileSync(
    parent,
    `import { createProcesses } from ${JSON.stringify(source)}
     const all = createProcesses(${JSON.stringify(folder)})
     const child = all.startNative('native', process.execPath, ['-e', "console.log('ready', process.pid); setInterval(() => {}, 1000)"])
     process.send(await child.ready((line) => Number(/^ready (\\d+)$/.exec(line)?.[1]) || undefined, 10_000))`,
  )
  const child = fork(parent, [], { stdio: 'ignore', execArgv: ['--disable-warning=ExperimentalWarning'] })
  const native = await new Promise<unknown>((resolve) => child.once('message', resolve))
  assert.ok(typeof native === 'number' && alive(native), 'it runs')
  child.kill('SIGKILL')
  while (alive(native)) await new Promise((resolve) => setTimeout(resolve, 20))
})

processes.run()
