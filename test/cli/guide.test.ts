// The guided init: asks for what nobody said, checks each answer, and makes the file that flags would have made.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCommandLine } from '../../src/cli/program.ts'
import { runCli } from '../support/cli.ts'

const guide = suite('stkr init, guided')
const folder = mkdtempSync(join(tmpdir(), 'stkr-guide-'))
guide.after(() => {
  rmSync(folder, { recursive: true })
})

const LEDGER = `0x${'ab'.repeat(20)}`
const ANSWERS: readonly (readonly [question: string, wrong: string | undefined, right: string])[] = [
  ['rpcUrls', 'ftp://x', 'http://a,http://b'],
  ['ledger', '0x12', LEDGER],
  ['workloadUrl', undefined, 'http://127.0.0.1:8545'],
  ['bootstrap', 'somewhere', '/ip4/203.0.113.7/tcp/9470/p2p/x'],
  ['announce', undefined, ''],
]

/** `stkr init` with a person who answers wrongly once, where wrong answers exist. */
async function guided(...argv: readonly string[]): Promise<{ code: number; asked: readonly string[] }> {
  const asked: string[] = []
  const text = async (
    question: string,
    { check }: { check?: (answer: string) => string | undefined },
  ): Promise<string> => {
    const [name = '', wrong, right = ''] = ANSWERS.find(([start]) => question.startsWith(`${start}:`)) ?? []
    asked.push(name)
    if (wrong !== undefined) assert.ok(check?.(wrong), `${wrong} is refused for ${name}`)
    assert.is(check?.(right), undefined, `${right} is taken for ${name}`)
    return right
  }
  const quiet = (): void => undefined
  const prompts = { text, secret: async () => 'correct horse', confirm: async () => true }
  const { signal } = new AbortController()
  const code = await runCommandLine(['init', ...argv], { out: quiet, err: quiet, signal, prompts })
  return { code, asked }
}

guide('asks what is missing, and makes what flags make', async () => {
  const asked = join(folder, 'asked')
  const given = join(folder, 'given')
  const first = await guided('--data-dir', asked, '--mdns', '--local')
  assert.equal(first, { code: 0, asked: ANSWERS.map(([name]) => name) })
  const flags = ['--rpc-urls', 'http://a,http://b', '--ledger', LEDGER, '--bootstrap', ANSWERS[3]?.[2] ?? '']
  assert.is((await runCli('init', '--data-dir', given, '--mdns', '--local', ...flags)).code, 0)
  const text = (dataDir: string) => readFileSync(join(dataDir, 'config.yaml'), 'utf8').split('\n').toSorted()
  assert.equal(text(asked), text(given))
})

guide('repeated, it asks nothing and changes nothing', async () => {
  const dataDir = join(folder, 'asked')
  const before = readFileSync(join(dataDir, 'config.yaml'), 'utf8')
  const { code, asked } = await guided('--data-dir', dataDir)
  assert.equal([code, asked], [0, []])
  assert.is(readFileSync(join(dataDir, 'config.yaml'), 'utf8'), before)
})

guide.run()
