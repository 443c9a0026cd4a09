// The published package: what `npm pack` makes, laid into an empty project beside this checkout's dependencies, runs, is
// typed for who embeds a sidecar, holds nothing that does not belong there, and is the same bytes when packed again.
// time limit: 300 s

import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as z from 'zod'

const ROOT = join(import.meta.dirname, '..')
const MODULES = join(ROOT, 'node_modules')
const run = promisify(execFile)
/** Packed: the bundle of the command is two thirds of it, the generated interfaces of the contracts most of the rest. */
const PACKED_MAX = 3_500_000

const manifestShape = z.array(
  z.object({ filename: z.string(), size: z.int(), files: z.array(z.object({ path: z.string() })) }),
)
type Packed = z.infer<typeof manifestShape>[number] & { readonly sha256: string }

const packaging = suite('package')
const home = mkdtempSync(join(tmpdir(), 'stkr-package-'))
const project = join(home, 'project')
const installed = join(project, 'node_modules', 'stkr-mesh')
let packed: Packed | undefined

/** `npm pack` as a release runs it: with the build before it. */
async function pack(name: string): Promise<Packed> {
  const folder = join(home, name)
  mkdirSync(folder)
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: ROOT })
  const [manifest] = manifestShape.parse(JSON.parse(stdout.slice(stdout.indexOf('['))))
  assert.ok(manifest, 'one package was packed')
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, manifest.filename)))
    .digest('hex')
  return { ...manifest, sha256 }
}

/** What an installation lays down: the package as a folder of its own, its dependencies and commands beside it. */
async function install({ filename }: Packed): Promise<void> {
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', join(home, 'first', filename), '-C', installed, '--strip-components', '1'])
  for (const name of readdirSync(MODULES)) {
    if (!name.startsWith('.')) symlinkSync(join(MODULES, name), join(project, 'node_modules', name))
  }
  mkdirSync(join(project, 'node_modules', '.bin'))
  symlinkSync('../stkr-mesh/bin/stkr.js', join(project, 'node_modules', '.bin', 'stkr'))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
}

packaging.before(async () => {
  packed = await pack('first')
  await install(packed)
})
packaging.after(() => {
  rmSync(home, { recursive: true, force: true })
})

/** A command in the consumer's project, by this very Node. */
const inProject = async (command: string, ...args: readonly string[]) =>
  run(command, [...args], {
    cwd: project,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
  })
const STKR = join('node_modules', '.bin', 'stkr')

packaging('holds what it needs and nothing else', () => {
  const paths = packed?.files.map(({ path }) => path) ?? []
  for (const path of ['bin/stkr.js', 'dist/bundle/main.js', 'dist/sidecar.d.ts', 'LICENSE', 'README.md'])
    assert.ok(paths.includes(path), `${path} is in it`)
  const strange = paths.filter(
    (path) =>
      !/^(?:bin\/stkr\.js|dist\/.+\.(?:js|d\.ts)|dist\/bundle\/(?:LICENSES\.txt|package\.json)|docs\/[\w.-]+|LICENSE|README\.md|package\.json)$/.test(
        path,
      ),
  )
  assert.equal(strange, [])
  assert.ok((packed?.size ?? Infinity) < PACKED_MAX, `${packed?.size} bytes`)
})

packaging('every export leads to a module and its declarations', () => {
  const { exports } = z
    .object({ exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])) })
    .parse(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')))
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? target : Object.values(target),
  )
  assert.equal(
    targets.filter((target) => !existsSync(join(installed, target.replace(/\*.*$/, '')))),
    [],
  )
})

packaging('its command runs', async () => {
  const help = await inProject(STKR, '--help')
  assert.match(help.stdout, /^Usage: stkr/)
  const { stdout } = await inProject(STKR, 'version', '--json')
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
  assert.is((JSON.parse(stdout) as { version: string }).version, version)
})

packaging('the bundle comes with the licences of what is in it', () => {
  const text = readFileSync(join(installed, 'dist/bundle/LICENSES.txt'), 'utf8')
  for (const name of ['libp2p', 'ethers', 'zod', '@noble/curves']) {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')))
    assert.ok(text.includes(`\n${name} ${version}: `), name)
  }
  assert.match(text, /Permission is hereby granted/)
})

packaging('on an old Node the command says what to do', async () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })"
  const failure = await inProject(process.execPath, '--import', `data:text/javascript,${old}`, STKR, '--help').then(
    () => undefined,
    (error: unknown) => error as { code: number; stderr: string; stdout: string },
  )
  assert.ok(failure, 'it refuses')
  assert.is(failure.code, 2)
  assert.match(failure.stderr, /needs Node 22 or later, and this is 20\.1\.0/)
  assert.is(failure.stdout, '')
})

/** What somebody writes who embeds a sidecar; the expected errors show that nothing is `any`. */
const CONSUMER = `
import { createSidecar } from 'stkr-mesh'
import type { Sidecar, SidecarDeps, SidecarStatus } from 'stkr-mesh'
import { loadSidecarConfig } from 'stkr-mesh/config'
import { readKeys } from 'stkr-mesh/keys'
import { silentLog } from 'stkr-mesh/system'
import { AuditLedgerAbi } from 'stkr-mesh/abi/AuditLedger'
import { Fault } from 'stkr-mesh/core/errors'
import type { MeshEvent } from 'stkr-mesh/core/ports'
import type { Hex } from 'stkr-mesh/core/types'

export async function embed(password: string): Promise<Sidecar> {
  const config = loadSidecarConfig({ dataDir: 'data', ledger: '0x' + '11'.repeat(20) })
  const keys = await readKeys(config.keysFile, () => Promise.resolve(password))
  const deps: SidecarDeps = { log: silentLog, emit: (event: MeshEvent) => void event.type }
  const sidecar = await createSidecar(config, keys, deps)
  const { signer, peerId }: SidecarStatus = sidecar.status()
  const address: Hex = signer
  // @ts-expect-error a peer id is text
  const wrong: number = peerId
  // @ts-expect-error a sidecar needs its keys
  await createSidecar(config, deps)
  // @ts-expect-error there is no such knob
  config.noSuchKnob
  console.log(address, wrong)
  return sidecar
}

const posted: 'event' | undefined = AuditLedgerAbi.find((item) => item.type === 'event')?.type
console.log(posted, new Fault('a-code', 'why').code)
if (typeof createSidecar !== 'function') throw new Error('createSidecar is no function')
`
const CONSUMER_TYPES = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    noEmit: false,
    types: ['node'],
  },
  files: ['consumer.ts'],
}

packaging('another project embeds a sidecar, typed strictly', async () => {
  writeFileSync(join(project, 'consumer.ts'), CONSUMER)
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(CONSUMER_TYPES))
  const complaints = await inProject(join(MODULES, '.bin', 'tsc'), '-p', '.').then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  )
  assert.is(complaints, '')
  const { stdout } = await inProject(process.execPath, 'consumer.js')
  assert.is(stdout, 'event a-code\n')
})

/** The image's /opt/stkr, by the steps of the Dockerfile. */
async function layImage(image: string): Promise<void> {
  mkdirSync(join(image, 'dist'), { recursive: true })
  for (const file of ['package-lock.json', '.npmrc']) copyFileSync(join(ROOT, file), join(image, file))
  copyFileSync(join(installed, 'dist/bundle/package.json'), join(image, 'package.json'))
  await run('npm', ['install', '--omit=dev', '--prefer-offline'], { cwd: image })
  for (const part of ['bin', 'dist/bundle', 'package.json', 'LICENSE'])
    await run('cp', ['-aT', join(installed, part), join(image, part)])
}

const UID = '10001'
/** As the container runs: another user, no capabilities, nothing writable but the volume. Only root can lay that out. */
const confined = (volume: string, words: readonly string[]): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c'],
  [
    'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,ro,bind / &&',
    `exec setpriv --reuid ${UID} --regid ${UID} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"`,
  ].join(' '),
  ...[volume, ...words],
]

packaging(
  'the image: its user needs no more than the bundle, what it left outside and one writable folder',
  async () => {
    const [image, volume] = [join(home, 'image'), join(home, 'volume')]
    mkdirSync(volume, { mode: 0o700 })
    await layImage(image)
    const isolate = await run('unshare', ['--mount', 'setpriv', '--reuid', UID, 'true']).then(
      () => true,
      () => false,
    )
    if (isolate) await run('chown', [`${UID}:${UID}`, volume])
    chmodSync(home, 0o755)
    const env = {
      PATH: process.env['PATH'],
      STKR_DATA_DIR: volume,
      STKR_LEDGER: `0x${'11'.repeat(20)}`,
      STKR_RPC_URLS: 'http://127.0.0.1:1',
      STKR_KEYS_PASSWORD: 'correct horse battery staple',
    }
    const stkr = async (...args: readonly string[]) => {
      const words = [process.execPath, join(image, 'bin/stkr.js'), ...args]
      const [file = '', ...rest] = isolate ? confined(volume, words) : words
      return run(file, rest, { env, cwd: image }).then(
        ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
        (error: unknown) => {
          const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
          return { code, said: stdout + stderr }
        },
      )
    }
    const version = await stkr('version', '--json')
    assert.is(version.code, 0, version.said)
    const init = await stkr('init')
    assert.is(init.code, 0, init.said)
    const keys = statSync(join(volume, 'keys.json'))
    assert.is(keys.mode & 0o777, 0o600)
    if (isolate) assert.is(keys.uid, Number(UID))
    // Everything is loaded, the keys are opened, and the first thing missing is the settlement chain.
    const started = await stkr('run')
    assert.match(started.said, /\[rpc-unreachable\]/)
    for (const [what, { said }] of Object.entries({ version, init, started }))
      assert.not.match(said, /ERR_MODULE_NOT_FOUND|EROFS|EACCES/, what)
  },
)

packaging('its bill of materials names every dependency with its licence', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })
  const bill = z
    .object({
      bomFormat: z.literal('CycloneDX'),
      components: z.array(
        z.object({
          name: z.string(),
          version: z.string(),
          licenses: z.array(z.unknown()).optional(),
          properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
        }),
      ),
    })
    .parse(JSON.parse(stdout))
  const { dependencies } = z
    .object({
      dependencies: z.record(z.string(), z.string()),
    })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
  for (const [name, version] of Object.entries(dependencies)) {
    const listed = bill.components.find((component) => component.name === name && component.version === version)
    assert.ok((listed?.licenses?.length ?? 0) > 0, `${name} ${version} is listed with a licence`)
  }
  const development = bill.components.filter(({ properties }) =>
    properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true'),
  )
  assert.ok(
    development.some(({ name }) => name === 'eslint'),
    'tools are marked as such',
  )
  assert.not.ok(
    development.some(({ name, version }) => dependencies[name] === version),
    'what is shipped is not',
  )
})

packaging('packed again it is the same, byte for byte', async () => {
  assert.is((await pack('second')).sha256, packed?.sha256)
})

packaging.run()
