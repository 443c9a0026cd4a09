// Plays the sidecar that dies: starts a node as the sidecar does, says so, and waits to be killed. Arguments: folder, command….
import { systemClock, systemRandom } from '../../src/system.ts'
import { createProcessRunner } from '../../src/workload/process-runner.ts'
import { sitterOptions } from './nodes.ts'

const [folder = '', file = '', ...args] = process.argv.slice(2)
const runner = createProcessRunner(sitterOptions(folder, [file, ...args]), { clock: systemClock, random: systemRandom })
const { pid } = await runner.start(new AbortController().signal)
process.stdout.write(`${pid}\n`)
setInterval(() => undefined, 60_000)
