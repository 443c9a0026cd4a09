// The rules of the house, each a sentence about one file: given its path and text, what it breaks. Pure, so that every
// rule can be shown a bad example; test/house.test.ts gives it the real tree. Directions of imports are the table's.
import { posix } from 'node:path'
import { ABOVE, HOMES, IMPURE_GLOBALS, IMPURE_IMPORTS, IMPURE_MEMBERS, MAX_LINES, PLACES } from './house-table.ts'
import { readFacts } from './house-read.ts'
import type { Facts } from './house-read.ts'
import type { Place } from './house-table.ts'

const GENERATED = ['src/chain/abi/', 'src/chain/bytecode/']

const matches = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))

const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')

/** `src/core/bls.ts` is in place `core`, `src/main.ts` is its own place; outside src there are none. */
const placeOf = (path: string): string | undefined => /^src\/([^/]+)/.exec(path)?.[1]

const checkRelative = (path: string, target: string): readonly string[] => {
  if (!/\.(ts|json)$/.test(target)) return ['a relative import ends in .ts']
  const found = posix.join(posix.dirname(path), target)
  const [from, to] = [placeOf(path), placeOf(found)]
  if (from === undefined || from === to) return []
  if (to === undefined) return [`src imports nothing from ${found.split('/')[0]}/`]
  const allowed = PLACES[from]?.places ?? []
  const seen = allowed === 'all' ? !(ABOVE[from] ?? []).includes(to) : allowed.includes(to)
  return seen ? [] : [`${from} may not import ${to}`]
}

const checkPackage = (from: string, place: Place, target: string): readonly string[] => {
  const name = packageOf(target)
  if (place.packages !== 'all') return matches(name, place.packages) ? [] : [`${from} may not import ${target}`]
  const home = HOMES.find(([packages]) => matches(name, packages))?.[1]
  return home === undefined || home === from || place.places === 'all' ? [] : [`${name} belongs to ${home} alone`]
}

const checkImports = (path: string, { imports }: Facts): readonly string[] =>
  imports.flatMap(({ line, target, names }) => {
    const from = placeOf(path)
    const place = from === undefined ? undefined : PLACES[from]
    const broken: string[] = []
    if (target === undefined) {
      if (place?.pure) broken.push('the domain imports nothing computed')
    } else if (target.startsWith('.')) broken.push(...checkRelative(path, target))
    else if (from !== undefined && place) broken.push(...checkPackage(from, place, target))
    if (place?.pure) {
      const impure = names.filter((name) => IMPURE_IMPORTS.includes(name))
      broken.push(...impure.map((name) => `the domain takes ${name} from outside, as an argument`))
    }
    return broken.map((sentence) => `${path}:${line} ${sentence}`)
  })

const checkPurity = (path: string, { free, members }: Facts): readonly string[] =>
  [
    ...free.filter(({ name }) => IMPURE_GLOBALS.includes(name)),
    ...members
      .filter(({ path: member }) => IMPURE_MEMBERS.includes(member))
      .map(({ path: member, line }) => ({ name: member, line })),
  ].map(({ name, line }) => `${path}:${line} the domain has no ${name}: take what it gives as an argument`)

const checkSource = (path: string, facts: Facts): readonly string[] => {
  const name = placeOf(path) ?? ''
  const place = PLACES[name]
  return [
    ...(place ? [] : [`${path} is in no room of the house: ${name} is not in the table`]),
    ...(facts.barrel || path.endsWith('/index.ts') ? [`${path} is a barrel: import the file that has it`] : []),
    ...(place?.pure ? checkPurity(path, facts) : []),
  ]
}

const checkTest = (path: string, { suites, members }: Facts): readonly string[] => {
  const called = new Set(members.map((member) => member.path))
  return [
    ...(suites.length === 0 ? [`${path} has no suite`] : []),
    ...suites.filter((name) => !called.has(`${name}.run`)).map((name) => `${path} never calls ${name}.run()`),
    ...(called.has('process.exit') ? [`${path} calls process.exit, which hides what is still open`] : []),
  ]
}

const checkLength = (path: string, text: string): readonly string[] => {
  const lines = text.replace(/\n$/, '').split('\n').length
  return lines > MAX_LINES ? [`${path} has ${lines} lines, more than ${MAX_LINES}: divide it`] : []
}

/** Everything one file breaks, as sentences; `path` is relative to the root, with forward slashes. */
export const checkFile = (path: string, text: string): readonly string[] => {
  if (GENERATED.some((folder) => path.startsWith(folder))) return []
  if (!path.endsWith('.ts')) return checkLength(path, text)
  const facts = readFacts(path, text)
  return [
    ...checkLength(path, text),
    ...checkImports(path, facts),
    ...(path.startsWith('src/') ? checkSource(path, facts) : []),
    ...(path.endsWith('.test.ts') ? checkTest(path, facts) : []),
  ]
}
