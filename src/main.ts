#!/usr/bin/env node
// The command line's first breath: compiled code is kept for the next start before anything is loaded.

import { enableCompileCache } from 'node:module'

enableCompileCache()

const { startCommandLine } = await import('./cli/start.ts')
await startCommandLine(process.argv.slice(2))
