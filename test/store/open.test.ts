// The store on disk: the common suite, and what only a disk can do: be locked, be newer, be damaged, be full of a unit.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { guarded } from '../../src/store/database.ts'
import { createEvidence } from '../../src/store/evidence.ts'
import { signedKey, u64 } from '../../src/store/keys.ts'
import { openEvidence, openStore } from '../../src/store/open.ts'
import { codeRejected } from '../support/faults.ts'
import { createDisk, openMemoryDatabase } from '../support/memory-store.ts'
import { record, storeCases } from '../support/store-suite.ts'

const makeDisk = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stkr-store-'))
  const path = join(folder, 'store')
  return { path, open: () => openStore(path), remove: () => rm(folder, { recursive: true, force: true }) }
}

const test = suite('store/open')

storeCases(test, makeDisk)

const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const

/** Changes a stored value behind the store's back. */
const tamper = async (
  path: string,
  table: string,
  key: Uint8Array,
  change: (stored: Uint8Array) => Uint8Array,
): Promise<void> => {
  const level = new Level<Uint8Array, Uint8Array>(path, BYTES)
  const sublevel = level.sublevel<Uint8Array, Uint8Array>(table, BYTES)
  const stored = await sublevel.get(key)
  assert.ok(stored, `${table}/${toHex(key)} is there`)
  await sublevel.put(key, change(stored))
  await level.close()
}

test('only one process at a time', async () => {
  const disk = await makeDisk()
  const store = await disk.open()
  assert.is(await codeRejected(disk.open()), 'store-locked')
  await store.close()
  await (await disk.open()).close()
  await disk.remove()
})

test('evidence of a sidecar that does not run is read, and nothing is made where there is none', async () => {
  const disk = await makeDisk()
  assert.is(await openEvidence(disk.path), undefined)
  assert.not.ok(existsSync(disk.path), 'reading creates nothing')
  const store = await disk.open()
  await store.evidence.put([record({ unit: 3 })])
  assert.is(await codeRejected(openEvidence(disk.path)), 'store-locked')
  await store.close()
  const opened = await openEvidence(disk.path)
  assert.is((await opened?.evidence.ofUnit(3))?.length, 1)
  await opened?.close()
  await (await disk.open()).close()
  await disk.remove()
})

test('a folder that cannot be one is refused', async () => {
  assert.is(await codeRejected(openStore('/dev/null/store')), 'store-unreadable')
})

test('a directory of a newer version is refused, and let go', async () => {
  const disk = await makeDisk()
  await (await disk.open()).close()
  await tamper(disk.path, 'meta', utf8ToBytes('schema'), () => guarded(u64(2)))
  assert.is(await codeRejected(disk.open()), 'store-newer')
  assert.is(await codeRejected(disk.open()), 'store-newer', 'not locked by the refusal')
  await disk.remove()
})

test('a damaged value is refused by its key, wherever a byte is wrong', async () => {
  const disk = await makeDisk()
  const key = signedKey(1, 3, 0)
  const store = await disk.open()
  await store.journal.signOnce(record())
  await store.close()
  for (const at of [0, 3, 4, 20]) {
    const flip = (stored: Uint8Array) => stored.map((byte, i) => (i === at ? byte ^ 1 : byte))
    await tamper(disk.path, 'signed', key, flip)
    const damaged = await disk.open()
    const fault: unknown = await damaged.journal.signOnce(record()).catch((error: unknown) => error)
    assert.is(fault instanceof Fault && fault.code, 'store-corrupt', `byte ${at}`)
    assert.is(fault instanceof Fault && fault.data['key'], toHex(key), `byte ${at}`)
    await damaged.close()
    await tamper(disk.path, 'signed', key, flip)
  }
  await tamper(disk.path, 'signed', key, () => new Uint8Array(2))
  const damaged = await disk.open()
  assert.is(await codeRejected(damaged.journal.signed(1, 3, 0)), 'store-corrupt', 'shorter than its checksum')
  await damaged.close()
  await disk.remove()
})

test('evidence of one unit is bounded, of others unaffected, and pruning makes room', async () => {
  const db = openMemoryDatabase(createDisk())
  const evidence = createEvidence(db, { unitBytes: 500 })
  const big = (author: number, unit: number) => record({ author, unit, body: new Uint8Array(300) })
  await evidence.put([big(1, 1)])
  assert.is(await codeRejected(evidence.put([big(2, 1)])), 'evidence-full')
  await evidence.put([big(1, 1)])
  await evidence.put([big(1, 2)])
  assert.is(await codeRejected(createEvidence(db, { unitBytes: 500 }).put([big(2, 1)])), 'evidence-full', 'restarted')
  await evidence.prune(2)
  await evidence.put([big(2, 1)])
  assert.is((await evidence.ofUnit(1)).length, 1)
})

const CRASHER = new URL('./crasher.ts', import.meta.url).pathname

/** Lets a process sign until it is killed; what it said it had signed, by key. */
const crash = (path: string, salt: string, afterMs: number): Promise<ReadonlyMap<string, string>> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CRASHER, path, salt], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
      output += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', () => {
      const lines = output.split('\n').slice(0, -1)
      resolve(new Map(lines.map((line) => line.split(' ', 2) as [string, string])))
    })
  })

test('killed at any moment, no key ever has two records', async () => {
  const disk = await makeDisk()
  const published = new Map<string, string>()
  for (const [i, afterMs] of [0, 7, 23, 41].entries()) {
    const said = await crash(disk.path, String(i), afterMs)
    assert.ok(said.size > 0, `run ${i} signed something`)
    for (const [key, body] of said) {
      assert.is(published.get(key) ?? body, body, `run ${i}: ${key} was published with another body before`)
      published.set(key, body)
    }
  }
  const store = await disk.open()
  for (const [key, body] of published) {
    const [unit, sequence] = key.split('/').map(Number)
    const signed = await store.journal.signed(1, unit ?? -1, sequence ?? -1)
    assert.is(signed && new TextDecoder().decode(signed.body), body, key)
  }
  await store.close()
  await disk.remove()
})

test.run()
