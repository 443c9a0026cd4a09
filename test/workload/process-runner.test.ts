// Nodes as real processes: who they are survives the sidecar, nobody else's process is ever signalled, nothing of a node is
// left when it has been stopped, and it sees no environment but its own.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock, systemRandom } from '../../src/system.ts'
import { bootId, identify } from '../../src/workload/proc.ts'
import { createProcessRunner } from '../../src/workload/process-runner.ts'
import type { Instance } from '../../src/workload/runner.ts'
import { codeRejected } from '../support/faults.ts'
import { isGone, sitterOptions, until, withFolder } from '../support/nodes.ts'

const test = suite('workload/process-runner')
const never = new AbortController().signal
const GRACE_MS = 60_000

const runnerIn = (folder: string, script: string, env?: Readonly<Record<string, string>>) =>
  createProcessRunner(sitterOptions(folder, ['sh', '-c', script], env), { clock: systemClock, random: systemRandom })
const wordsIn = (folder: string, name: string): string => {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    return ''
  }
}
const pidOf = ({ pid }: Instance): number => pid ?? 0

/** A process that starts a node as a sidecar does and is then killed by the hardest signal. */
async function orphan(folder: string, ...command: readonly [string, ...string[]]): Promise<number> {
  const entry = join(import.meta.dirname, '../support/node-sitter.ts')
  const child = spawn(process.execPath, [entry, folder, ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  child.kill('SIGKILL')
  await ended
  return Number(line)
}

test('it runs in its folder, writes into its log, and sees the environment it is given', () =>
  withFolder(async (folder) => {
    process.env['STKR_RPC_URLS'] = 'https://secret'
    const runner = runnerIn(folder, 'pwd; env; echo to-standard-error >&2', { PATH: '/usr/bin:/bin', NETWORK: 'test' })
    try {
      const { ended } = await runner.start(never)
      assert.equal(await ended, { exit: 0, signal: undefined })
    } finally {
      delete process.env['STKR_RPC_URLS']
    }
    const words = wordsIn(folder, 'node.log')
    assert.ok(words.includes(`${folder}/data\n`) && words.includes('to-standard-error'))
    assert.match(words, /^NETWORK=test$/m)
    assert.not.match(words, /secret/)
    const names = [...words.matchAll(/^(\w+)=/gm)].map(([, name]) => name)
    for (const name of names)
      assert.ok(['PATH', 'NETWORK', 'PWD', 'STKR_WORKLOAD_MARK', '_', 'OLDPWD', 'SHLVL'].includes(name ?? ''), name)
  }))

test('a command that is not there', () =>
  withFolder(async (folder) => {
    const options = sitterOptions(folder, ['/nowhere/to/be/found'])
    const runner = createProcessRunner(options, { clock: systemClock, random: systemRandom })
    assert.is(await codeRejected(runner.start(never)), 'workload-start')
    assert.not.ok(existsSync(options.record))
  }))

test('it is stopped with all it started; what ignores SIGTERM is killed after the grace time', () =>
  withFolder(async (folder) => {
    const polite = runnerIn(folder, 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.02; done')
    const first = await polite.start(never)
    await until(() => wordsIn(folder, 'node.log').includes('up'))
    await first.stop(GRACE_MS)
    assert.ok(isGone(pidOf(first)) && wordsIn(folder, 'node.log').includes('bye'))
    assert.equal(await first.ended, { exit: 0, signal: undefined })

    const deaf = runnerIn(
      folder,
      'trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & echo $! > ../child; echo deaf; wait',
    )
    const second = await deaf.start(never)
    await until(() => wordsIn(folder, 'node.log').includes('deaf'))
    const child = Number(wordsIn(folder, 'child'))
    assert.not.ok(isGone(child))
    await second.stop(50)
    assert.ok(isGone(pidOf(second)) && isGone(child), 'nothing of it is left')
    assert.equal(await second.ended, { exit: undefined, signal: 'SIGKILL' })
    assert.not.ok(existsSync(join(folder, 'node.json')), 'and nothing is remembered')
  }))

test('a sidecar that was killed finds its node again, and starts no second one', () =>
  withFolder(async (folder) => {
    const pid = await orphan(folder, 'sh', '-c', 'echo up; while :; do sleep 0.05; done')
    const runner = runnerIn(folder, 'echo another')
    const found = await runner.find(never)
    assert.is(found?.pid, pid)
    assert.not.ok(isGone(pid))
    assert.is(await codeRejected(runner.start(never)), 'workload-start')
    process.kill(pid, 'SIGKILL')
    await found?.ended
    assert.is(await runner.find(never), undefined)
    assert.not.match(wordsIn(folder, 'node.log'), /another/)
    await found?.stop(GRACE_MS)
  }))

test('killed between starting it and writing down who it is: found by its mark', () =>
  withFolder(async (folder) => {
    const pid = await orphan(folder, 'sh', '-c', 'while :; do sleep 0.05; done')
    const { process: _, ...planned } = JSON.parse(wordsIn(folder, 'node.json')) as { process: object }
    writeFileSync(join(folder, 'node.json'), JSON.stringify(planned))
    const found = await runnerIn(folder, 'true').find(never)
    assert.is(found?.pid, pid)
    await found?.stop(GRACE_MS)
    assert.ok(isGone(pid))
  }))

test('what a dead node left on its data is ended before another is started', () =>
  withFolder(async (folder) => {
    const script = 'sleep 600 & echo $! > ../child; wait'
    const pid = await orphan(folder, 'sh', '-c', script)
    await until(() => wordsIn(folder, 'child') !== '')
    const child = Number(wordsIn(folder, 'child'))
    process.kill(pid, 'SIGKILL')
    await until(() => isGone(pid))
    assert.not.ok(isGone(child))
    const runner = runnerIn(folder, 'true')
    const next = await runner.start(never)
    assert.ok(isGone(child), 'the rest is gone before')
    await next.ended
  }))

test('a stranger that has the pid now is neither adopted nor signalled', () =>
  withFolder(async (folder) => {
    const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    try {
      const id = identify(stranger.pid ?? 0)
      assert.ok(id)
      const mark = `0x${'ab'.repeat(16)}`
      const records = [
        { mark, boot: bootId(), process: { ...id, start: '1' } },
        { mark, boot: 'another', process: { ...id, boot: 'another' } },
        { mark, boot: bootId() },
      ]
      for (const [i, record] of records.entries()) {
        writeFileSync(join(folder, 'node.json'), JSON.stringify(record))
        const runner = runnerIn(folder, 'true')
        assert.is(await runner.find(never), undefined, `record ${i}`)
        const started = await runner.start(never)
        await started.ended
        await started.stop(0)
        assert.not.ok(isGone(id.pid), `record ${i}`)
      }
    } finally {
      stranger.kill('SIGKILL')
    }
  }))

test('a damaged record is refused: nothing is guessed about what may run', () =>
  withFolder(async (folder) => {
    for (const text of ['', '{', '{}', '{"mark":"x","boot":"y"}', '[]']) {
      writeFileSync(join(folder, 'node.json'), text)
      assert.is(await codeRejected(runnerIn(folder, 'true').find(never)), 'workload-record', text)
      assert.is(await codeRejected(runnerIn(folder, 'true').start(never)), 'workload-record', text)
    }
  }))

test('its log is rotated while it writes, and it goes on writing', () =>
  withFolder(async (folder) => {
    const runner = runnerIn(folder, 'i=0; while :; do i=$((i+1)); echo "line $i of a log that grows and grows"; done')
    const life = await runner.start(never)
    try {
      await until(() => {
        runner.tend()
        return existsSync(join(folder, 'node.log.3'))
      })
      await until(() => wordsIn(folder, 'node.log').length > 0)
      assert.not.ok(existsSync(join(folder, 'node.log.4')))
      assert.match(wordsIn(folder, 'node.log.1'), /^(?:line \d+|.*\n)/)
    } finally {
      await life.stop(0)
    }
  }))

test.run()
