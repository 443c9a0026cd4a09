// `npm run metrics`: writes docs/metrics.md out of the table of meters. A test compares; this mends.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { metricsPage } from '../test/support/docs-metrics.ts'

const PAGE = 'docs/metrics.md'

writeFileSync(PAGE, await metricsPage())
execFileSync('prettier', ['--write', '--log-level', 'warn', PAGE], { stdio: 'inherit' })
