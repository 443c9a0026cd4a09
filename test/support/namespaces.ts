// Three network namespaces: a relay's, with a public address, and those of two private hosts whose only way out is the relay's,
// which forwards nothing, so that neither can be dialled by the other. Needs root and `ip`.
import { spawnSync } from 'node:child_process'

export const SPACES = ['r', 'a', 'b'] as const
export type Space = (typeof SPACES)[number]

/** Address of the relay's namespace, reachable from all of them. */
export const PUBLIC = '45.0.0.1'
/** Addresses of the private hosts. */
export const PRIVATE = { a: '10.77.1.2', b: '10.77.2.2' } as const

export interface Namespaces {
  /** A command line that runs in one of them. */
  inside(space: Space, command: readonly string[]): readonly [file: string, ...args: string[]]
  remove(): void
}

const ip = (...args: readonly string[]): boolean => spawnSync('ip', args, { stdio: 'ignore' }).status === 0

/** Undefined where they cannot be made. */
export function openNamespaces(): Namespaces | undefined {
  /** Names of this run: several may go on beside each other. */
  const name = (what: string): string => `sn${process.pid}${what}`

  /** A cable from the relay's namespace into that of a private host, which has no other way. */
  function connect(space: 'a' | 'b'): boolean {
    const net = PRIVATE[space].replace(/\.\d+$/, '')
    const inside = (of: Space, ...args: readonly string[]): boolean => ip('-n', name(of), ...args)
    return (
      ip('link', 'add', `${name(space)}0`, 'type', 'veth', 'peer', 'name', `${name(space)}1`) &&
      ip('link', 'set', `${name(space)}0`, 'netns', name('r')) &&
      ip('link', 'set', `${name(space)}1`, 'netns', name(space)) &&
      inside('r', 'addr', 'add', `${net}.1/24`, 'dev', `${name(space)}0`) &&
      inside('r', 'link', 'set', `${name(space)}0`, 'up') &&
      inside(space, 'addr', 'add', `${net}.2/24`, 'dev', `${name(space)}1`) &&
      inside(space, 'link', 'set', `${name(space)}1`, 'up') &&
      inside(space, 'route', 'add', 'default', 'via', `${net}.1`)
    )
  }

  const remove = (): void => {
    for (const space of SPACES) ip('netns', 'del', name(space))
  }
  const made =
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    SPACES.every((space) => ip('netns', 'add', name(space)) && ip('-n', name(space), 'link', 'set', 'lo', 'up')) &&
    ip('-n', name('r'), 'addr', 'add', `${PUBLIC}/32`, 'dev', 'lo') &&
    connect('a') &&
    connect('b')
  if (!made) {
    remove()
    return undefined
  }
  return { inside: (space, command) => ['ip', 'netns', 'exec', name(space), ...command], remove }
}
