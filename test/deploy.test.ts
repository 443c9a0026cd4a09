// Dockerfile, compose files, Kubernetes manifests and the systemd unit against the program they start: every variable, flag,
// command, port and path they name exists, images are pinned, nothing runs as root or writes to its own root. systemd checks
// its unit itself where it is installed; no container runs here.
// time limit: 120 s
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { configFileOf } from '../src/config/file.ts'
import { PASSWORD_VARIABLE } from '../src/config/load.ts'
import { devnetEnvironmentOf, environmentOf } from '../src/config/names.ts'
import { DEVNET_KNOBS } from '../src/config/devnet.ts'
import { SIDECAR_KNOBS } from '../src/config/sidecar.ts'
import { createTargets } from '../src/devnet/targets.ts'
import { flagsIn } from './support/docs-help.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const manifest = z
  .object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')))

const deploy = suite('deploy')

const VARIABLES = new Set([
  ...['dataDir', ...Object.keys(SIDECAR_KNOBS)].map(environmentOf),
  ...Object.keys(DEVNET_KNOBS).map(devnetEnvironmentOf),
  PASSWORD_VARIABLE,
])
const FILES = ['Dockerfile', 'deploy/compose/node.yaml', 'deploy/compose/network.yaml', 'deploy/kubernetes/stkr.yaml']
const UNIT = 'deploy/systemd/stkr.service'
const UID = 10_001

deploy('every variable exists', () => {
  for (const file of [...FILES, UNIT])
    for (const [name] of read(file).matchAll(/\bSTKR_[A-Z_]+\b/g)) assert.ok(VARIABLES.has(name), `${file}: ${name}`)
})

/** A command line as a container is given it: its command and flags must exist. */
async function checkCommand(where: string, words: readonly string[]): Promise<void> {
  const [command = ''] = words
  const known = await flagsIn(command)
  for (const word of words.filter((word) => word.startsWith('--')))
    assert.ok(known.includes(word), `${where}: stkr ${command} has no ${word}`)
}

/** Pinned: a tag that is a version, and ours is the version there is. */
function checkImage(where: string, image: string): void {
  const [, name = '', tag = ''] = /^([\w./-]+):v?([\w.-]+)$/.exec(image) ?? []
  assert.match(tag, /^\d+\.\d+\.\d+/, `${where}: ${image} is pinned`)
  if (name.startsWith('stkr-')) assert.is(tag, manifest.version, where)
}

deploy('the Dockerfile: pinned, non-root, signals handed on, copies what there is', async () => {
  const text = read('Dockerfile')
  for (const [, image = ''] of text.matchAll(/^FROM (node:\S+)/gm)) {
    assert.is(image, `node:${manifest.dependencies['node']}-bookworm-slim`, 'the Node that the project runs on')
    checkImage('Dockerfile', image)
  }
  const stages = text.split(/^FROM /m).slice(1)
  assert.ok(
    stages.some((stage) => /^program AS network$/m.test(stage)) &&
      /^program AS sidecar$/m.test(text.replaceAll('FROM ', '')),
  )
  assert.match(text, new RegExp(`^USER ${UID}:${UID}$`, 'm'))
  assert.match(text, /^ENTRYPOINT \["tini", "--", "stkr"\]$/m)
  assert.match(text, /tini=\d/, 'packages are pinned as well')
  const ignored = read('.dockerignore').split('\n')
  for (const [, sources = ''] of text.matchAll(/^COPY (?!--from)(.+) \S+$/gm))
    for (const source of sources.split(' ')) {
      assert.ok(existsSync(join(ROOT, source)), `${source} exists`)
      assert.ok(ignored.includes(`!${source}`), `${source} reaches the builder`)
    }
  for (const [, words = ''] of text.matchAll(/^CMD (\[.*\])$/gm))
    await checkCommand('Dockerfile', z.array(z.string()).parse(JSON.parse(words)))
  for (const port of portsOf()) if (port !== apiPort()) assert.match(text, new RegExp(`^EXPOSE .*\\b${port}/tcp`, 'm'))
  assert.ok(text.includes(`http://${apiAddress()}/healthz`), 'health is asked where the API listens')
})

const fallback = (name: 'listen' | 'apiListen'): string => String(SIDECAR_KNOBS[name].fallback)
const apiAddress = (): string => fallback('apiListen')
const apiPort = (): number => Number(apiAddress().split(':')[1])
const portsOf = (): readonly number[] => [
  ...[...fallback('listen').matchAll(/tcp\/(\d+)/g)].map(([, port]) => Number(port)),
  apiPort(),
]

const service = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.literal('../..'), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  user: z.string().optional(),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
})
const composeShape = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
})

for (const file of ['deploy/compose/node.yaml', 'deploy/compose/network.yaml']) {
  deploy(`${file}: pinned, read-only, without capabilities, mounts what there is`, async () => {
    const { services, volumes } = composeShape.parse(parse(read(file)))
    for (const [name, { image, build, command, volumes: mounts = [], user }] of Object.entries(services)) {
      const where = `${file} ${name}`
      checkImage(where, image)
      if (build) {
        assert.match(read('Dockerfile'), new RegExp(` AS ${build.target}$`, 'm'), where)
        assert.is(user, `${UID}:${UID}`, where)
        await checkCommand(where, command ?? [])
      }
      for (const mount of mounts) {
        const [source = ''] = mount.split(':')
        const there = source.startsWith('.') ? existsSync(join(ROOT, 'deploy/compose', source)) : source in volumes
        assert.ok(there, `${where}: ${source} exists`)
      }
    }
  })
}

deploy('one node: its ports are the ones it listens on, its folder the one it keeps', () => {
  const { sidecar } = composeShape.parse(parse(read('deploy/compose/node.yaml'))).services
  const listened = portsOf().filter((port) => port !== apiPort())
  assert.equal(
    sidecar?.ports,
    listened.map((port) => `${port}:${port}`),
  )
  const [folder] = /^ENV STKR_DATA_DIR=(.*)$/m.exec(read('Dockerfile'))?.slice(1) ?? []
  assert.equal(sidecar?.volumes, [`data:${folder}`])
})

deploy('a network lists the APIs where Prometheus looks for them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stkr-targets-'))
  const target = createTargets(folder)
  target(2, 'http://127.0.0.1:4002')
  target(1, 'http://127.0.0.1:4001')
  target(2, 'http://127.0.0.1:5002')
  assert.equal(JSON.parse(readFileSync(join(folder, 'targets.json'), 'utf8')), [
    { targets: ['127.0.0.1:5002'], labels: { node: '2' } },
    { targets: ['127.0.0.1:4001'], labels: { node: '1' } },
  ])
  rmSync(folder, { recursive: true })
  assert.match(read('deploy/prometheus/network.yaml'), /job_name: stkr\b[\s\S]*\/folders\/stkr-\*\/targets\.json/)
  assert.match(read('deploy/compose/network.yaml'), /folders:\/tmp[\s\S]*folders:\/folders:ro/)
})

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
/** Every object anywhere in `value`. */
const objectsIn = (value: unknown): readonly Json[] =>
  Array.isArray(value)
    ? value.flatMap(objectsIn)
    : isObject(value)
      ? [value, ...Object.values(value).flatMap(objectsIn)]
      : []

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).optional(),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }).loose(),
    limits: z.object({ memory: z.string() }).loose(),
  }),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
  ports: z.array(z.looseObject({ containerPort: z.int() })).optional(),
})
const setShape = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.int().min(30),
        securityContext: z.looseObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.literal(UID),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        }),
        initContainers: z.array(container),
        containers: z.tuple([
          container.extend({ startupProbe: z.unknown(), livenessProbe: z.unknown(), readinessProbe: z.unknown() }),
        ]),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
    volumeClaimTemplates: z.tuple([
      z.looseObject({
        metadata: z.object({ name: z.string() }),
        spec: z.looseObject({ accessModes: z.tuple([z.literal('ReadWriteOncePod')]) }),
      }),
    ]),
  }),
})

const kubernetes = parseAllDocuments(read('deploy/kubernetes/stkr.yaml')).map((document) => {
  assert.equal(document.errors, [])
  return document.toJS({ maxAliasCount: 100 }) as { kind: string } & Json
})
const ofKind = (kind: string): Json => {
  const found = kubernetes.find((object) => object.kind === kind)
  assert.ok(found, `there is a ${kind}`)
  return found
}

deploy('kubernetes: one identity a pod, non-root, read-only, probed, bounded', async () => {
  const { template, volumeClaimTemplates } = setShape.parse(ofKind('StatefulSet')).spec
  const { containers, initContainers, volumes } = template.spec
  const names = new Set([...volumes, ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name))
  for (const { name, image, args, volumeMounts } of [...initContainers, ...containers]) {
    checkImage(`pod ${name}`, image)
    for (const mount of volumeMounts) assert.ok(names.has(mount.name), `${name} mounts ${mount.name}`)
    if (args) await checkCommand(`pod ${name}`, args)
  }
  assert.equal(
    containers[0].ports?.map(({ containerPort }) => containerPort),
    portsOf(),
  )
  for (const { exec } of [containers[0].startupProbe, containers[0].livenessProbe] as { exec: { command: string[] } }[])
    await checkCommand('probe', exec.command.slice(1))
  const pods = JSON.stringify(template.spec)
  assert.not.match(pods, /hostNetwork|privileged|hostPath/)
})

deploy('kubernetes: disruption, network and secrets point at the same pods', () => {
  const label = { 'app.kubernetes.io/name': 'stkr' }
  for (const kind of ['PodDisruptionBudget', 'NetworkPolicy', 'Service', 'StatefulSet'])
    assert.ok(
      objectsIn(ofKind(kind)).some((object) => object['app.kubernetes.io/name'] === label['app.kubernetes.io/name']),
      kind,
    )
  const keys = Object.keys(ofKind('Secret')['stringData'] as Json)
  const wanted = objectsIn(ofKind('StatefulSet')).flatMap(({ secretKeyRef }) =>
    isObject(secretKeyRef) ? [String(secretKeyRef['key'])] : [],
  )
  assert.ok(wanted.length > 0 && wanted.every((key) => keys.includes(key)), wanted.join(' '))
  assert.ok(
    Object.values(ofKind('Secret')['stringData'] as Json).every((value) => value === ''),
    'no secret stands in the file',
  )
  const ports = objectsIn(ofKind('NetworkPolicy')['spec']).flatMap(({ port }) =>
    typeof port === 'number' ? [port] : [],
  )
  for (const port of portsOf()) assert.ok(ports.includes(port), `${port} is let in`)
})

/** Directives of the unit, by name; the last of a repeated one. */
const directives = new Map(
  read(UNIT)
    .split('\n')
    .flatMap((line): [string, string][] => {
      const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
)

deploy('systemd: hardened, restarted, with time to stop, its password a credential', () => {
  const wanted = {
    NoNewPrivileges: 'yes',
    ProtectSystem: 'strict',
    ProtectHome: 'yes',
    PrivateTmp: 'yes',
    PrivateDevices: 'yes',
    CapabilityBoundingSet: '',
    SystemCallArchitectures: 'native',
    Restart: 'always',
    KillMode: 'process',
    UMask: '0077',
    StateDirectoryMode: '0700',
    User: 'stkr',
  }
  for (const [name, value] of Object.entries(wanted)) assert.is(directives.get(name), value, name)
  // V8 writes code and runs it.
  assert.not.ok(directives.has('MemoryDenyWriteExecute'))
  assert.ok(Number.parseInt(directives.get('TimeoutStopSec') ?? '') >= 30)
  assert.match(directives.get('Environment') ?? '', /STKR_KEYS_PASSWORD_FILE=%d\/keys-password\b/)
  assert.match(directives.get('LoadCredential') ?? '', /^keys-password:/)
  assert.is(configFileOf('/var/lib/stkr').startsWith(`/var/lib/${directives.get('StateDirectory')}/`), true)
})

const hasAnalyze = existsSync('/usr/bin/systemd-analyze')
if (hasAnalyze)
  deploy('systemd: its own checker finds no fault, and little exposure', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stkr-unit-'))
    const file = join(folder, 'stkr.service')
    // The command is not installed here; any that exists stands in for it.
    writeFileSync(file, read(UNIT).replace('/usr/local/bin/stkr', process.execPath))
    const words = execFileSync('systemd-analyze', ['verify', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    assert.is(words, '')
    const table = execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], {
      encoding: 'utf8',
    })
    assert.match(table, /Overall exposure level for stkr\.service: [01]\.\d OK/)
    rmSync(folder, { recursive: true })
  })

deploy.run()
