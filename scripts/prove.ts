// Proves with solc's SMTChecker and z3 that the arithmetic of contracts/lib/Split.sol adds up for every input: the assertions
// of test/contracts/pools/SplitProof.sol, and that nothing in it overflows, underflows or divides by zero. Exits 1 if one
// cannot be proven, 0 with a message if there is no z3 (Debian: apt-get install z3). Proves nothing of who calls it.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import solc from 'solc'
import smtchecker from 'solc/smtchecker.js'

const ROOT = join(import.meta.dirname, '..')
const PROOFS = ['test/contracts/pools/SplitProof.sol']
const TIMEOUT_MS = 60_000

interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info'
  readonly formattedMessage: string
}

/** What is used of the npm package, whose own types say nothing. */
interface Compiler {
  readonly compile: (
    input: string,
    callbacks: { readonly import: (file: string) => { readonly contents: string }; readonly smtSolver: unknown },
  ) => string
}

/** One query in SMT-LIB 2; the answer begins with sat, unsat or unknown. */
function z3(query: string): string {
  const run = spawnSync('z3', ['-in', `-t:${TIMEOUT_MS}`], { input: query, encoding: 'utf8', maxBuffer: 1 << 26 })
  return run.stdout
}

function prove(path: string): readonly Diagnostic[] {
  const read = (file: string) => ({ contents: readFileSync(join(ROOT, file), 'utf8') })
  const modelChecker = {
    engine: 'bmc',
    solvers: ['smtlib2'],
    targets: ['assert', 'underflow', 'overflow', 'divByZero'],
    contracts: { [path]: ['SplitProof'] },
    showProvedSafe: true,
    showUnproved: true,
  }
  const input = {
    language: 'Solidity',
    sources: { [path]: { content: read(path).contents } },
    settings: { modelChecker },
  }
  const compiler = solc as Compiler
  const output = compiler.compile(JSON.stringify(input), {
    import: read,
    smtSolver: smtchecker.smtCallback(z3, undefined),
  })
  return (JSON.parse(output) as { readonly errors?: readonly Diagnostic[] }).errors ?? []
}

/** Diagnostics of the checker name what is proven ("is safe"); everything else it says of a target is unproven. */
function report(path: string): boolean {
  const said = prove(path).filter(
    ({ formattedMessage }) => !formattedMessage.includes('engine of the SMTChecker is deprecated'),
  )
  const proven = said.filter(
    ({ severity, formattedMessage }) => severity === 'info' && formattedMessage.includes('check is safe'),
  )
  const rest = said.filter((diagnostic) => !proven.includes(diagnostic))
  for (const { formattedMessage } of rest) console.error(formattedMessage)
  console.log(`${path}: ${proven.length} proven, ${rest.length} not`)
  return rest.length === 0 && proven.length > 0
}

if (spawnSync('z3', ['--version']).status !== 0) {
  console.log('skipped: no z3 on this machine (Debian: apt-get install z3)')
} else if (!PROOFS.map(report).every(Boolean)) process.exitCode = 1
