// A node as a container, through a command line that behaves like docker's: found, started, followed, stopped, and every
// refusal a Fault.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../src/system.ts'
import { createContainerRunner } from '../../src/workload/container-runner.ts'
import { codeRejected } from '../support/faults.ts'
import { isGone, until, withFolder } from '../support/nodes.ts'

const test = suite('workload/container-runner')
const never = new AbortController().signal

/** A program `docker` on the PATH, and one container `node` that runs `script`. */
function setUp(folder: string, script: string, name = 'node') {
  const program = join(folder, 'docker')
  const double = join(import.meta.dirname, '../support/container-cli.ts')
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${double}" "$@"\n`)
  chmodSync(program, 0o700)
  writeFileSync(join(folder, 'node.json'), JSON.stringify({ command: ['sh', '-c', script], pid: 0, startedAt: '' }))
  const log = { file: join(folder, 'node.log'), maxBytes: 1_000, files: 2 }
  const env = { PATH: `${folder}:/usr/bin:/bin`, CONTAINERS: folder }
  return createContainerRunner({ program: 'docker', name, env, log }, systemClock)
}
const logIn = (folder: string): string => readFileSync(join(folder, 'node.log'), 'utf8')

test('started, its words followed, stopped; found while it runs', () =>
  withFolder(async (folder) => {
    const runner = setUp(folder, 'echo hello from inside; while :; do sleep 0.02; done')
    assert.is(await runner.find(never), undefined)
    const life = await runner.start(never)
    const pid = life.pid ?? 0
    assert.not.ok(isGone(pid))
    await until(() => logIn(folder).includes('hello from inside'))
    const looking = new AbortController()
    assert.is((await runner.find(looking.signal))?.pid, pid)
    looking.abort()
    await life.stop(60_000)
    assert.ok(isGone(pid))
    assert.equal(await life.ended, { exit: 137, signal: undefined })
    assert.is(await runner.find(never), undefined)
  }))

test('one that ends by itself is noticed', () =>
  withFolder(async (folder) => {
    const life = await setUp(folder, 'exit 0').start(never)
    assert.is((await life.ended).exit, 137)
  }))

test('no such container, no such program, an answer that is none', () =>
  withFolder(async (folder) => {
    const missing = setUp(folder, 'true', 'other')
    assert.is(await codeRejected(missing.find(never)), 'container-refused')
    assert.is(await codeRejected(missing.start(never)), 'container-refused')
    const log = { file: join(folder, 'node.log'), maxBytes: 1_000, files: 2 }
    const without = createContainerRunner(
      { program: 'docker', name: 'node', env: { PATH: '/nowhere' }, log },
      systemClock,
    )
    assert.is(await codeRejected(without.find(never)), 'container-cli')
    for (const answer of ['', 'null', '[]', '{"Running":"yes"}', '{"Running":true}', 'x'.repeat(100_000)]) {
      writeFileSync(join(folder, 'answer'), answer)
      writeFileSync(join(folder, 'docker'), `#!/bin/sh\ncat ${folder}/answer\n`)
      assert.is(await codeRejected(setUpOnly(folder).find(never)), 'container-cli', answer.slice(0, 20))
    }
  }))

/** The program as it is now. */
const setUpOnly = (folder: string) =>
  createContainerRunner(
    {
      program: join(folder, 'docker'),
      name: 'node',
      env: { PATH: '/usr/bin:/bin' },
      log: { file: join(folder, 'node.log'), maxBytes: 1_000, files: 2 },
    },
    systemClock,
  )

test.run()
