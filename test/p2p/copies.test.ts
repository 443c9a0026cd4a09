// One copy of each package of libp2p: two copies of @libp2p/interface make its symbols two, and then a connection, a peer id
// or an event of one part is nobody to another. The lock file says what is installed, the disk what is there; a package of
// another version that is added or moved up alone shows itself here and not in a network that does not form.
import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as z from 'zod'

const ROOT = join(import.meta.dirname, '../..')
const lock = z
  .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))

/** Packages whose objects are told apart by symbols or classes that each copy has for itself. */
const FAMILY = /^(?:libp2p|@libp2p\/.+|@chainsafe\/libp2p-.+|@multiformats\/multiaddr|interface-datastore)$/

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
const copies = Map.groupBy(
  Object.keys(lock.packages).filter((path) => path !== '' && FAMILY.test(nameOf(path))),
  nameOf,
)

const test = suite('p2p/copies')

test('the lock file has one copy of each', () => {
  assert.ok(copies.size > 15, `${copies.size} packages of the family were found`)
  assert.ok(copies.has('@libp2p/interface') && copies.has('@libp2p/gossipsub'))
  const twice = [...copies].filter(([, paths]) => paths.length > 1)
  assert.equal(twice, [], 'npm dedupe, or bring all of @libp2p to the same release')
})

test('what each finds on the disk is that copy, of that version', () => {
  const found = createRequire(join(ROOT, 'package.json'))
  const interfaceOf = (from: string): string | undefined => {
    const places = createRequire(join(ROOT, from, 'package.json')).resolve.paths('@libp2p/interface') ?? []
    for (const place of places)
      try {
        return realpathSync(join(place, '@libp2p/interface'))
      } catch {
        // Not there: the next place up.
      }
    return undefined
  }
  const ours = realpathSync(join(ROOT, 'node_modules/@libp2p/interface'))
  assert.ok(found.resolve.paths('@libp2p/interface')?.includes(join(ROOT, 'node_modules')))
  for (const [name, [path = '']] of copies) {
    const installed = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')))
    assert.is(installed.version, lock.packages[path]?.version, name)
    assert.is(interfaceOf(path), ours, `${name} sees another @libp2p/interface`)
  }
})

test.run()
