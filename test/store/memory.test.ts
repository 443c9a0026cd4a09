// The store in memory keeps what the one on disk keeps. .run() is called by the suite.
import { createDisk, openMemoryStore } from '../support/memory-store.ts'
import { storeSuite } from '../support/store-suite.ts'

storeSuite('store/memory', async () => {
  const disk = createDisk()
  return { open: () => openMemoryStore(disk), remove: async () => undefined }
})
