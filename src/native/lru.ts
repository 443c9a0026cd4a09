// A bounded map that forgets what was used longest ago. For values that cost more to compute than to keep.

export interface Lru<V> {
  readonly get: (key: string) => V | undefined
  readonly put: (key: string, value: V) => void
}

export const createLru = <V>(limit: number): Lru<V> => {
  const entries = new Map<string, V>() // in order of use: re-inserting moves to the end
  return {
    get: (key) => {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    put: (key, value) => {
      entries.delete(key)
      entries.set(key, value)
      const oldest = entries.keys().next()
      if (entries.size > limit && oldest.done !== true) entries.delete(oldest.value)
    },
  }
}
