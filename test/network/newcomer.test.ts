// A new operator with a running local network: the very commands of docs/operating.md, from the copied folder to a sidecar
// that others audit, then everything an operator asks afterwards: doctor, peers, audits, moving away and back.
// runs in a pair
// time limit: 420 s

import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startNetwork, stkr } from './support.ts'
import type { TestNetwork } from './support.ts'

const newcomer = suite('newcomer')
const ROOT = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'stkr-newcomer-'))
const mine = join(folder, 'mine')
let network: TestNetwork
let running: ReturnType<typeof start> | undefined

/** Shell lines of the section, with its folders replaced by the real ones; `npx stkr` is the program itself. */
function commands(): readonly string[] {
  const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8')
  const section = page.split('### Join it with a sidecar of your own')[1]?.split(/^#/m)[0] ?? ''
  return [...section.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .filter((line) => !line.startsWith('npm '))
    .map((line) =>
      line
        .replace('/tmp/stkr-…/join', network.devnet.door.folder)
        .replaceAll(/\bmine\b/g, mine)
        .replace(/^npx stkr /, `${process.execPath} src/main.ts `),
    )
}

function start(line: string) {
  const child = spawn('/bin/sh', ['-c', `exec ${line}`], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, said: () => said }
}

async function shell(line: string): Promise<{ code: number | null; said: string }> {
  const { ended, said } = start(line)
  return { code: await ended, said: said() }
}

const commandWith = (part: string): string => {
  const line = commands().find((one) => one.includes(part))
  if (line === undefined) throw new Error(`the docs have no command with ${part}`)
  return line
}

/** Asks again until it is so; the runner's time limit ends what never is. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    await sleep(500)
  }
}

newcomer.before(async () => {
  network = await startNetwork(4, [], 0.5, undefined, 2)
})
newcomer.after(async () => {
  running?.child.kill('SIGTERM')
  await running?.ended
  await network.devnet.stop()
  rmSync(folder, { recursive: true, force: true })
})

const home = ['--data-dir', mine] as const

newcomer('seven commands at most, and each exists', () => {
  assert.ok(commands().length <= 7, commands().join('\n'))
})

newcomer('copy, register, run: up and in the mesh', async () => {
  const copied = await shell(commandWith('cp -r'))
  assert.is(copied.code, 0, copied.said)
  const registered = await shell(commandWith(' init '))
  assert.is(registered.code, 0, registered.said)
  assert.match(registered.said, /registered sidecar 5, member from epoch/)
  running = start(commandWith(' run '))
  // Peers are there before the roster that says which sidecars they are.
  await until(async () => {
    const { code, json } = await stkr('peers', ...home)
    const found = code === 0 ? (json as { peers: { sidecar?: number }[] }).peers : []
    return found.length >= 2 && found.some(({ sidecar }) => sidecar !== undefined) ? found : undefined
  })
})

newcomer('doctor finds it reachable, funded and registered', async () => {
  const { json } = await stkr('doctor', ...home)
  const { findings } = json as { findings: { level: string; part: string; code?: string; seen: string }[] }
  const bad = findings.filter(({ level }) => level === 'fail')
  assert.equal(bad, [], JSON.stringify(findings))
  const levelOf = (part: string) => findings.find((finding) => finding.part === part)?.level
  for (const part of ['data', 'keys', 'registration', 'membership', 'stake', 'gas', 'reach', 'drand 1', 'workload'])
    assert.is(levelOf(part), 'ok', `${part}: ${JSON.stringify(findings)}`)
  assert.ok(
    findings.some(({ code }) => code === 'rpc-single'),
    'one endpoint alone is worth a warning',
  )
  const plain = await shell(commandWith(' doctor '))
  assert.match(plain.said, /^ok +registration +sidecar 5/m)
})

newcomer('it becomes a member, and reads every verdict on it', async () => {
  await until(async () => {
    const { json } = await stkr('status', ...home)
    return (json as { status?: { audit: { id?: number } } }).status?.audit.id === 5 ? true : undefined
  })
  const verdicts = await until(async () => {
    const { code, json } = await stkr('audit', 'show', ...home)
    return code === 0
      ? (json as { id: number; on: { attempts: number; evidence: string }[]; silent: number[] })
      : undefined
  })
  assert.is(verdicts.id, 5)
  assert.is(verdicts.on.length + verdicts.silent.length, 3, 'three auditors of five members')
  for (const { evidence } of verdicts.on) assert.match(evidence, /^0x[0-9a-f]{64}$/)
  const plain = await shell(commandWith(' audit show '))
  assert.match(plain.said, /sidecar 5 in period \d+: uptime/)
  // At the turn of an epoch a sidecar is nobody until it has read the roster.
  await until(async () => {
    const { said } = await shell(commandWith(' status '))
    return /^who +sidecar 5/m.test(said) ? said : undefined
  })
})

newcomer('moved: exported, refused here, imported there, and nothing is lost', async () => {
  const file = join(folder, 'signed.json')
  const locked = await stkr('export', file, ...home)
  assert.match(JSON.stringify(locked.json), /store-locked/)
  running?.child.kill('SIGTERM')
  await running?.ended
  running = undefined
  const stopped = await stkr('audit', 'show', ...home)
  assert.is((stopped.json as { id?: number }).id, 5, 'its verdicts are read from the store while it is stopped')
  const { json } = await stkr('export', file, ...home)
  const { records } = json as { records: number }
  assert.ok(records > 0, 'it had signed something')
  const refused = await shell(commandWith(' run '))
  assert.is(refused.code, 3, refused.said)
  assert.match(refused.said, 'store-moved')
  const there = join(folder, 'there')
  mkdirSync(there, { mode: 0o700 })
  for (const name of ['keys.json', 'config.yaml']) copyFileSync(join(mine, name), join(there, name))
  const imported = await stkr('import', file, '--data-dir', there)
  assert.equal(imported.json, { ok: true, added: records, known: 0 })
  assert.equal((await stkr('import', file, '--data-dir', there)).json, { ok: true, added: 0, known: records })
  assert.is((await stkr('export', '--cancel', ...home)).code, 0)
  assert.ok(existsSync(join(there, 'store')))
})

newcomer.run()
