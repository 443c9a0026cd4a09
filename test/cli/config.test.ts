// stkr config: where each value comes from, what is wrong, and that no credential is shown.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { redactText } from '../../src/config/redact.ts'
import { configSchema } from '../../src/config/schema.ts'
import { runCli } from '../support/cli.ts'

const config = suite('stkr config')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-config-'))
config.after(() => {
  rmSync(dataDir, { recursive: true })
})
const file = join(dataDir, 'config.yaml')
writeFileSync(
  file,
  `rpcUrls:\n  - https://me:hunter2@rpc.example/v3/hunter2\nledger: 0x${'ab'.repeat(20)}\nmdns: true\n`,
)

config('show: every knob, its value and who said it', async () => {
  const { code, out } = await runCli('config', 'show', '--data-dir', dataDir, '--log-level', 'warn', '--json')
  assert.is(code, 0)
  const { knobs } = JSON.parse(out) as { knobs: readonly { name: string; value: unknown; from: string }[] }
  const of = (name: string) => knobs.find((knob) => knob.name === name)
  assert.equal(of('logLevel'), { name: 'logLevel', value: 'warn', from: '--log-level' })
  assert.equal(of('mdns'), { name: 'mdns', value: 'true', from: `${file}:4:7 mdns` })
  assert.equal(of('local'), { name: 'local', value: false, from: 'default' })
  assert.equal(of('rpcUrls')?.value, ['https://rpc.example/…'])
})

config('show: no credential in lines or JSON', async () => {
  for (const more of [[], ['--json']]) {
    const { out, err } = await runCli('config', 'show', '--data-dir', dataDir, ...more)
    assert.match(out, 'rpc.example')
    assert.not.match(out + err, 'hunter2')
  }
})

config('validate: 0 when right, 2 and the place when not', async () => {
  assert.is((await runCli('config', 'validate', '--data-dir', dataDir)).code, 0)
  const wrong = await runCli('config', 'validate', '--data-dir', dataDir, '--bid-margin-bps', '1e9', '--json')
  assert.is(wrong.code, 2)
  assert.match(wrong.out, /"code":"config-invalid".*--bid-margin-bps/)
})

config('schema: as published', async () => {
  for (const more of [[], ['--json']])
    assert.equal(JSON.parse((await runCli('config', 'schema', ...more)).out), configSchema())
})

const REDACTED: readonly (readonly [text: string, shown: string])[] = [
  ['https://host', 'https://host'],
  ['http://127.0.0.1:8545/', 'http://127.0.0.1:8545'],
  ['https://host/v3/key', 'https://host/…'],
  ['https://host/?key=1', 'https://host/…'],
  ['https://user@host', 'https://host/…'],
  ['a program with --password x', '…'],
]
for (const [text, shown] of REDACTED)
  config(`redacted: ${text}`, () => {
    assert.is(redactText(text), shown)
  })

config.run()
