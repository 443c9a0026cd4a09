// A node for a test of its supervisor: found, started, ended and answering as told, without any process.
import { Fault } from '../../src/core/errors.ts'
import type { Workload } from '../../src/core/ports.ts'
import type { Ending, Instance, Runner } from '../../src/workload/runner.ts'

export interface FakeNode {
  readonly runner: Runner
  readonly workload: Workload
  /** What happened to it: find, start, stop 60000, tend is left out. */
  readonly lines: string[]
  /** Lives that have been started and not ended. */
  readonly alive: () => number
  /** It ends by itself. */
  crash(exit?: number): void
  /** Undefined: it answers. */
  silent: string | undefined
  /** Runs already, from an earlier life of the sidecar. */
  left: boolean
  /** Code of what a start fails with. */
  refuses: string | undefined
}

export function createFakeNode(manages = true): FakeNode {
  let end: ((ending: Ending) => void) | undefined
  const lines: string[] = []
  const live = (): Instance => {
    const { promise, resolve } = Promise.withResolvers<Ending>()
    end = resolve
    return {
      pid: 4242,
      ended: promise,
      stop: async (graceMs) => {
        lines.push(`stop ${graceMs}`)
        end = undefined
        resolve({ exit: 0, signal: undefined })
      },
    }
  }
  const node: FakeNode = {
    lines,
    alive: () => (end ? 1 : 0),
    silent: undefined,
    left: false,
    refuses: undefined,
    crash: (exit = 1) => {
      end?.({ exit, signal: undefined })
      end = undefined
    },
    runner: {
      mode: manages ? 'command' : 'url',
      manages,
      find: async () => {
        if (!node.left) return undefined
        lines.push('find')
        return live()
      },
      start: async () => {
        if (node.refuses !== undefined) throw new Fault(node.refuses, 'no')
        if (end) throw new Error('two at a time')
        lines.push('start')
        return live()
      },
      tend: () => undefined,
    },
    workload: {
      kind: 'ethereum-execution',
      status: async () => {
        if (node.silent !== undefined) throw new Fault(node.silent, 'silent')
        const none = new Uint8Array(32)
        return { client: 'fake/1', network: none, headNumber: 7, headHash: none, peers: 1, syncDistance: 0 }
      },
      proof: async () => undefined,
    },
  }
  return node
}
