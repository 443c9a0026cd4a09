// `npm run build`, its last step: the command `stkr` with all its packages as a few files in dist/bundle, which is what an
// installed `stkr` runs. One module costs a sidecar memory for its whole source and time to be found, and there are 1,600
// of them: bundled, a start takes half the processor time and 40 MB less stay resident. Names are kept, so that stack
// traces can be read. Packages with native parts or workers stay outside; who imports stkr-mesh gets plain modules.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Metafile } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const OUT = 'dist/bundle'

/** They find files beside themselves: native code, WebAssembly, workers. */
const BESIDE = ['@chainsafe/blst', 'classic-level', 'mcl-wasm', 'pino', 'tiny-secp256k1']

/** Fastify asks for them when it is given no compilers, and in tests: never here. */
const NEVER = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request']

/** CommonJS packages ask for Node's own modules by `require`. */
const REQUIRE = `import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);`

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest

/** Whatever was copied into the bundle comes with the licence it is under. */
function licences({ inputs }: Metafile): string {
  const folders = new Set(Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.[1] ?? []))
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = manifestOf(folder)
    const files = readdirSync(join(ROOT, folder)).filter((file) => /^licen[cs]e|^copying/i.test(file))
    const words = files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8').trim())
    return [`${name} ${version}: ${license}`, ...words].join('\n\n')
  })
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/main.ts'],
  outdir: OUT,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  // One character beyond Latin-1 and V8 keeps the whole file at two bytes for each.
  charset: 'ascii',
  external: [...BESIDE, ...NEVER],
  banner: { js: REQUIRE },
  metafile: true,
  logLevel: 'warning',
})
/** What is left to install: the image installs this and nothing else. */
const packages = {
  type: 'module',
  dependencies: Object.fromEntries(BESIDE.map((name) => [name, manifestOf(`node_modules/${name}`).version])),
}
mkdirSync(join(ROOT, OUT), { recursive: true })
writeFileSync(join(ROOT, OUT, 'LICENSES.txt'), licences(metafile))
writeFileSync(join(ROOT, OUT, 'package.json'), `${JSON.stringify(packages, undefined, 2)}\n`)
