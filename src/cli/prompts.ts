// Questions to a person at a terminal, on standard error, so that standard output stays for results. The library is
// loaded when the first question is asked.

import type { Prompts } from './outcome.ts'

export function createPrompts(signal: AbortSignal): Prompts {
  const context = { output: process.stderr, signal }
  const library = () => import('@inquirer/prompts')
  return {
    secret: async (message) => (await library()).password({ message, mask: false }, context),
    text: async (message, { initial, check }) =>
      (await library()).input(
        {
          message,
          ...(initial !== undefined && { default: initial }),
          validate: (answer) => check?.(answer) ?? true,
        },
        context,
      ),
    confirm: async (message, initial) => (await library()).confirm({ message, default: initial }, context),
  }
}
