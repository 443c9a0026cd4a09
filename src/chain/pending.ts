// Where unfinished transactions are kept between signing and confirmation. The store of a sidecar implements it on
// disk; a one-off command that looks at the chain first anyway needs no more than memory.

/** Byte strings by name. A write is durable when its promise resolves. */
export interface Pending {
  put(key: string, value: Uint8Array): Promise<void>
  remove(key: string): Promise<void>
  all(): Promise<readonly (readonly [key: string, value: Uint8Array])[]>
}

/** Forgets everything with the process: for commands that are simply run again (deployment, registration). */
export function createVolatilePending(): Pending {
  const rows = new Map<string, Uint8Array>()
  return {
    put: async (key, value) => {
      rows.set(key, value)
    },
    remove: async (key) => {
      rows.delete(key)
    },
    all: async () => [...rows],
  }
}
