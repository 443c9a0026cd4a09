// The store in memory keeps what the one on disk keeps.
import { suite } from 'uvu'
import { createDisk, openMemoryStore } from '../support/memory-store.ts'
import { storeCases } from '../support/store-suite.ts'

const test = suite('store/memory')

storeCases(test, async () => {
  const disk = createDisk()
  return { open: () => openMemoryStore(disk), remove: async () => undefined }
})

test.run()
