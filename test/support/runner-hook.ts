// Preloaded into every test process. On SIGUSR2 it names, through descriptor 3, what keeps the process alive, so that a
// hanging test file is reported with "TCPServerWrap ×1" instead of silence. It keeps nothing alive itself and does
// nothing in worker threads, which inherit the preload but no signals.
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const REPORT_DESCRIPTOR = 3

const countOpen = (): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

if (isMainThread) {
  // Touching the streams opens them: the pipes to the runner then count as there before the tests. A runner that has
  // died closes them, and its tests end with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1))
  const before = countOpen()
  process.on('SIGUSR2', () => {
    const open = [...countOpen()].flatMap(([name, count]) => {
      const own = count - (before.get(name) ?? 0)
      return own > 0 ? [`${name} ×${own}`] : []
    })
    writeSync(REPORT_DESCRIPTOR, open.join(', '))
  })
}
