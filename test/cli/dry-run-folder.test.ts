// Folders of dry runs: what a killed one left goes with the next, and nothing else does.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeDryRunFolder, removeLeftFolders } from '../../src/cli/dry-run-folder.ts'

const test = suite('cli/dry-run-folder')
const MODULE = new URL('../../src/cli/dry-run-folder.ts', import.meta.url)
const uid = process.getuid?.()
let temporary: string

test.before.each(() => {
  temporary = mkdtempSync(join(tmpdir(), 'stkr-left-'))
})
test.after.each(() => {
  rmSync(temporary, { recursive: true })
})

/** A process that makes its folder, puts something in it and stays. */
async function dryRunning() {
  const program = `
    const { makeDryRunFolder } = await import(${JSON.stringify(MODULE.href)})
    const { writeFileSync } = await import('node:fs')
    const folder = makeDryRunFolder(${JSON.stringify(temporary)})
    writeFileSync(folder + '/CURRENT', 'store')
    console.log(folder)
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return { folder: line.toString().trim(), kill }
}

test('what a killed dry run left is removed by the next, what a running one has is not', async () => {
  const [killed, running] = await Promise.all([dryRunning(), dryRunning()])
  try {
    await killed.kill()
    assert.ok(existsSync(killed.folder), 'kill -9 leaves it')
    assert.equal(removeLeftFolders(temporary, uid), [killed.folder])
    const own = makeDryRunFolder(temporary)
    assert.equal(removeLeftFolders(temporary, uid), [])
    assert.equal(readdirSync(temporary).sort(), [basename(running.folder), basename(own)].sort())
    assert.ok(existsSync(join(running.folder, 'CURRENT')))
  } finally {
    await running.kill()
  }
})

test('nothing else: not another’s, not what has only a part of the name, no link and no file', async () => {
  const { folder, kill } = await dryRunning()
  await kill()
  const [gone = ''] = /stkr-dry-run-\d+/.exec(folder) ?? []
  const kept = ['stkr-dry-run-abcdef', 'stkr-dry-run-0-abcdef', `${gone}-abcdefg`, `x${gone}-abcdef`, 'stkr-abcdef']
  for (const name of kept) mkdirSync(join(temporary, name))
  const elsewhere = join(temporary, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'precious'), '')
  symlinkSync(elsewhere, join(temporary, `${gone}-linked`))
  writeFileSync(join(temporary, `${gone}-a0file`), '')
  if (uid !== undefined) assert.equal(removeLeftFolders(temporary, uid + 1), [], 'another user’s')
  assert.equal(removeLeftFolders(temporary, uid), [folder])
  const expected = [...kept, 'elsewhere', `${gone}-linked`, `${gone}-a0file`]
  assert.equal(readdirSync(temporary).sort(), expected.sort())
  assert.ok(existsSync(join(elsewhere, 'precious')))
})

test.run()
