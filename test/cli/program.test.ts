// The command line as a person meets it: help with examples, exit codes, one JSON object last, one line for an error.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { runCli as run } from '../support/cli.ts'

const program = suite('command line')
const folder = mkdtempSync(join(tmpdir(), 'stkr-cli-'))
program.after(() => {
  rmSync(folder, { recursive: true })
})

const commands = [
  ...['audit', 'completion', 'custody', 'doctor', 'export', 'import', 'peers', 'version'],
  ...['config', 'devnet', 'init', 'keys', 'run', 'status', 'verify'],
]

program('help names every command and what the exit codes mean', async () => {
  const { code, out } = await run('--help')
  assert.is(code, 0)
  for (const name of [...commands, 'Exit codes', 'Example']) assert.ok(out.includes(name), name)
})

for (const name of commands)
  program(`${name} --help has an example and --json`, async () => {
    const { code, out } = await run(name, '--help')
    assert.is(code, 0)
    assert.match(out, new RegExp(`\\$ stkr ${name}`))
    assert.match(out, '--json')
    assert.match(out, 'Exit codes')
  })

const usage: readonly (readonly string[])[] = [
  ['devnett'],
  ['devnet', '--node', '8'],
  ['devnet', '--nodes', 'many'],
  ['devnet', '--nodes', '8', '--fault', 'silent:9'],
  ['devnet', '--fault', 'sleepy:1'],
  ['verify', 'job', '1'],
  ['verify', 'period', 'first', '--rpc-urls', 'http://127.0.0.1:1', '--ledger', `0x${'11'.repeat(20)}`],
  ['init', '--register'],
  ['init', '--data-dir', join(folder, 'none')],
  ['run', '--data-dir', join(folder, 'none'), '--ledger', 'x'],
]
for (const argv of usage)
  program(`usage: ${argv.join(' ').replace(folder, '…')}`, async () => {
    const plain = await run(...argv)
    assert.is(plain.code, 2, plain.err)
    assert.is.not(plain.err, '')
    const { code, out } = await run(...argv, '--json')
    assert.is(code, 2)
    const last = JSON.parse(out.split('\n').at(-1) ?? '') as { ok: boolean; code: string; why: string }
    assert.is(last.ok, false)
    assert.ok(last.code && last.why, out)
  })

program('an unknown fault is answered with the list of faults', async () => {
  assert.match((await run('devnet', '--fault', 'sleepy:1')).err, /silent .*liar .*kill/)
})

program('what is not there is 3, with what to do', async () => {
  const status = await run('status', '--data-dir', join(folder, 'nowhere'))
  assert.is(status.code, 3)
  assert.match(status.err, /stkr run.*\[not-running\]/)
  const keys = ['run', '--data-dir', folder, '--rpc-urls', 'http://127.0.0.1:1', '--ledger', `0x${'11'.repeat(20)}`]
  const missing = await run(...keys, '--log-level', 'silent')
  assert.is(missing.code, 3)
  assert.match(missing.err, /stkr init.*\[keys-missing\]/)
})

program('init makes keys for the owner alone and keeps what exists', async () => {
  const dataDir = join(folder, 'fresh')
  const flags = ['--data-dir', dataDir, '--rpc-urls', 'http://a,http://b', '--ledger', `0x${'Ab'.repeat(20)}`]
  const first = await run('init', ...flags, '--local', '--json')
  assert.is(first.code, 0, first.err)
  const made = JSON.parse(first.out) as { keysFile: string; configFile: string; signer: string; peerKey: string }
  assert.is(statSync(made.keysFile).mode & 0o777, 0o600)
  assert.match(made.signer, /^0x[0-9a-f]{40}$/)
  assert.match(made.configFile, /config\.yaml$/)
  assert.equal(parse(readFileSync(made.configFile, 'utf8')), {
    rpcUrls: ['http://a', 'http://b'],
    ledger: `0x${'ab'.repeat(20)}`,
    local: true,
  })
  const second = await run('init', '--data-dir', dataDir, '--json')
  assert.equal(JSON.parse(second.out), made)
})

program('an owner key is never repeated', async () => {
  const file = join(folder, 'owner.key')
  writeFileSync(file, `0x${'7'.repeat(63)}`, { mode: 0o600 })
  const { code, err, out } = await run('init', '--register', '--owner-key-file', file, '--json')
  assert.is(code, 3)
  assert.not.match(err + out, '7777')
})

program.run()
