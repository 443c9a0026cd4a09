// Every error that a contract declares is expected by its name in some test of the contracts: a revert nobody tests is a
// condition nobody knows to hold.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ROOT = join(import.meta.dirname, '../..')
const read = (pattern: string, but: string): ReadonlyMap<string, string> =>
  new Map(
    globSync(pattern, { cwd: ROOT })
      .filter((path) => !path.startsWith(but))
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  )

const errorsIn = (source: string): readonly string[] =>
  [...source.matchAll(/^ *error (\w+)\(/gm)].map(([, name = '']) => name)

/** Names behind `.selector`, or in a signature that is a string. */
const expectedIn = (source: string): readonly string[] =>
  [...source.matchAll(/\.(\w+)\.selector|"(\w+)\(/g)].map(([, selector, signature]) => selector ?? signature ?? '')

const errors = suite('contracts: errors')

errors('reading', () => {
  assert.equal(errorsIn('  error A();\n    error B(uint256 x);\n// error C()\nrevert D();'), ['A', 'B'])
  assert.equal(expectedIn('vm.expectRevert(IX.A.selector); f("B(uint256)"); g(C.x)'), ['A', 'B'])
})

errors('every error has a test', () => {
  const expected = new Set([...read('test/contracts/**/*.sol', 'none').values()].flatMap(expectedIn))
  const missing = [...read('contracts/**/*.sol', 'contracts/dev/')].flatMap(([path, source]) =>
    errorsIn(source).flatMap((name) => (expected.has(name) ? [] : [`${path}: ${name}`])),
  )
  assert.equal(missing, [])
})

errors.run()
