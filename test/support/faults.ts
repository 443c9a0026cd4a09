// Reading the code of an expected Fault.
import { codeOf } from '../../src/core/errors.ts'

/** Code of what `run` throws; 'nothing' if it does not. */
export const codeThrown = (run: () => unknown): string => {
  try {
    run()
    return 'nothing'
  } catch (error) {
    return codeOf(error)
  }
}

/** Code of what `promise` rejects with; 'nothing' if it resolves. */
export const codeRejected = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'nothing', codeOf)
