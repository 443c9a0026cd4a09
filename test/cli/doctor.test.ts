// stkr doctor: what it makes of dials from outside, and of a machine where nothing is right.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkReach } from '../../src/cli/doctor-running.ts'
import { checkWorkload } from '../../src/cli/doctor-outside.ts'
import { worst } from '../../src/cli/findings.ts'
import { loadSidecarConfig } from '../../src/config/load.ts'
import { createKeys } from '../../src/keys/keyring.ts'
import { codeRejected } from '../support/faults.ts'
import { runCli } from '../support/cli.ts'

const doctor = suite('stkr doctor')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-doctor-'))
doctor.after(() => {
  rmSync(dataDir, { recursive: true })
})

const dial = (reached: boolean, code?: string) => ({ peerId: 'a', address: '/ip4/203.0.113.7/tcp/9470', reached, code })
const REACH: readonly (readonly [
  why: string,
  dials: Parameters<typeof checkReach>[0],
  level: string,
  code?: string,
])[] = [
  ['one of two came through', [dial(false), dial(true)], 'ok'],
  ['none came through', [dial(false), dial(false, 'refused')], 'fail', 'reach-none'],
  ['nobody would', [dial(false, 'refused'), dial(false, 'unsupported')], 'warn', 'reach-unknown'],
  ['nobody to ask', [], 'warn', 'reach-unknown'],
]
for (const [why, dials, level, code] of REACH)
  doctor(`reach: ${why}`, () => {
    const found = checkReach(dials)
    assert.equal([found.level, found.code], [level, code])
    assert.is(worst([found]), level)
  })

doctor('nothing right: every part by its own code, exit code 1', async () => {
  createKeys(join(dataDir, 'keys.json'))
  chmodSync(join(dataDir, 'keys.json'), 0o644)
  const unreachable = 'http://127.0.0.1:1/hidden'
  writeFileSync(
    join(dataDir, 'config.yaml'),
    `rpcUrls: [${unreachable}, ${unreachable}]\nledger: 0x${'11'.repeat(20)}\nworkloadUrl: ${unreachable}\n`,
  )
  const { code, out } = await runCli('doctor', '--data-dir', dataDir, '--json')
  assert.is(code, 1)
  const { findings } = JSON.parse(out) as { findings: { level: string; part: string; code?: string; fix?: string }[] }
  const codeOf = (part: string) => findings.find((finding) => finding.part === part)?.code
  assert.is(codeOf('keys'), 'keys-exposed')
  for (const part of ['rpc 1', 'rpc 2', 'network']) assert.is(codeOf(part), 'rpc-unreachable', part)
  assert.is(codeOf('sidecar'), 'not-running')
  assert.ok(codeOf('workload')?.startsWith('workload-'), codeOf('workload'))
  for (const { level, fix } of findings) assert.ok(level === 'ok' || fix !== undefined, 'what is wrong has a fix')
  assert.not.match(out, 'hidden')
})

doctor('between jobs there is no node to be missed, and the templates are read', async () => {
  const file = join(dataDir, 'jobs.yaml')
  const config = { ...loadSidecarConfig({ dataDir, workloadUrl: 'http://127.0.0.1:1' }), jobTemplates: file }
  writeFileSync(file, 'ethereum-mainnet:\n  command: [geth]\n  url: http://127.0.0.1:8545\n')
  const found = await checkWorkload(config)
  assert.is(found.level, 'ok')
  assert.match(found.seen, /ethereum-mainnet/)
  writeFileSync(file, 'ethereum-mainnet: 7\n')
  assert.is(await codeRejected(checkWorkload(config)), 'config-invalid')
})

doctor('a folder that others may read is the first finding', async () => {
  chmodSync(dataDir, 0o755)
  const { out } = await runCli('doctor', '--data-dir', dataDir)
  assert.match(out, /^fail +data .*\[data-dir-exposed\]/m)
  chmodSync(dataDir, 0o700)
})

doctor.run()
