// Secrets stay where they are: a sidecar with known keys, password and access keys in its URLs is made to fail in every way
// we know, and nothing of them is in any output, log, command line or environment.
// time limit: 120 s

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hideUrls } from '../../src/config/redact.ts'
import { configText } from '../../src/config/schema.ts'
import { toHex } from '../../src/core/bytes.ts'
import { createKeys } from '../../src/keys/keyring.ts'
import { KEY_NAMES } from '../../src/keys/secrets.ts'

const secrets = suite('secrets')
const MAIN = join(import.meta.dirname, '../../src/main.ts')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-secrets-'))
const password = 'hunter1-of-the-keys'
const keys = createKeys(join(dataDir, 'keys.json'), password)
const passwordFile = join(dataDir, 'password')
writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
const logFile = join(dataDir, 'log')

const SECRETS: readonly string[] = [
  password,
  ...['hunter2', 'hunter3', 'hunter4', 'hunter5'],
  ...KEY_NAMES.flatMap((name) => [toHex(keys[name]).slice(2), Buffer.from(keys[name]).toString('base64')]),
]
/** A module that ends the process a moment after its start; in a file, since stacks name where it came from. */
const ending = (name: string, text: string): string => {
  const file = join(dataDir, `${name}.mjs`)
  writeFileSync(file, `setTimeout(() => { ${text} }, 1500)\n`)
  return file
}
const CRASH = ending('crash', "throw new Error('boom http://u:hunter2@h/hunter3', { cause: 'hunter5' })")
const REJECTION = ending('rejection', "Promise.reject(new TypeError('no fetch of https://u:hunter2@h'))")

/** An endpoint that takes connections and never answers: whoever asks it waits. */
const sockets = new Set<Socket>()
const silent = createServer((socket) => {
  sockets.add(socket)
  socket.on('error', () => undefined)
})
let port = 0
secrets.before(async () => {
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  port = typeof address === 'object' && address ? address.port : 0
})
secrets.after(() => {
  for (const socket of sockets) socket.destroy()
  silent.close()
  rmSync(dataDir, { recursive: true })
})

function configure(rpcUrl: string): void {
  const relay = `http://127.0.0.1:${port}/hunter5`
  const workload = 'http://u:hunter2@127.0.0.1:1/hunter3?key=hunter4'
  const ledger = `0x${'11'.repeat(20)}`
  const files = { keysPasswordFile: passwordFile, logFile, logLevel: 'debug' }
  writeFileSync(
    join(dataDir, 'config.yaml'),
    configText({ rpcUrls: [rpcUrl], drandRelays: [relay], workloadUrl: workload, ledger, ...files }),
  )
}

function stkr(argv: readonly string[], importing?: string) {
  const options = importing === undefined ? [] : ['--import', importing]
  const child = spawn(process.execPath, [...options, MAIN, ...argv, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, said: () => said }
}

const readIfAny = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function nothingIn(text: string, where: string): void {
  for (const secret of SECRETS) assert.not(text.includes(secret), `${secret} is in ${where}: ${text.slice(0, 2_000)}`)
}

const FAILING: readonly (readonly string[])[] = [
  ['run'],
  ['run', '--json'],
  ['doctor'],
  ['doctor', '--json'],
  ['audit', 'show', '--node', '1'],
  ['export', join(dataDir, 'signed.json')],
  ['config', 'show'],
  ['config', 'show', '--json'],
  ['config', 'validate'],
  ['keys', 'show', '--json'],
  ['status'],
  ['init', '--json'],
]
const BAD_URLS: readonly string[] = [
  'http://127.0.0.1:1/v3/hunter3?key=hunter4',
  // fetch refuses credentials in a URL, and quotes the URL when it does.
  'http://user:hunter2@127.0.0.1:1/hunter3',
]
for (const [i, url] of BAD_URLS.entries())
  secrets(`an endpoint that cannot be used: ${hideUrls(url)}`, async () => {
    configure(url)
    for (const argv of i === 0 ? FAILING : FAILING.slice(0, 3)) {
      const { ended, said } = stkr(argv)
      await ended
      nothingIn(said(), `stkr ${argv.join(' ')}`)
    }
    nothingIn(readIfAny(logFile), 'the log')
  })

for (const [why, importing] of [
  ['an exception that nobody caught', CRASH],
  ['a promise that nobody waited for', REJECTION],
] as const)
  secrets(`last words: ${why}`, async () => {
    configure(`http://127.0.0.1:${port}/v3/hunter3?key=hunter4`)
    const { child, ended, said } = stkr(['run'], importing)
    if (process.platform === 'linux') {
      nothingIn(readFileSync(`/proc/${child.pid ?? 0}/cmdline`, 'utf8'), 'the process list')
      nothingIn(readFileSync(`/proc/${child.pid ?? 0}/environ`, 'utf8'), 'the environment')
    }
    assert.is(await ended, 70, said())
    assert.match(said(), /internal/)
    nothingIn(said(), 'its last words')
    nothingIn(readIfAny(logFile), 'the log')
  })

secrets('URLs in any text', () => {
  assert.is(hideUrls('see (https://a:b@c.d/e?f), or http://g.'), 'see (https://c.d/…), or http://g.')
  assert.is(hideUrls('{"url":"wss://h/k"}'), '{"url":"wss://h/…"}')
  assert.is(hideUrls('no address'), 'no address')
})

secrets.run()
