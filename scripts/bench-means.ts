// Times of several tasks measured in one go, so that their ratio survives a busy machine.

import { Bench } from 'tinybench'

/** Mean milliseconds of each task, measured alternately. */
export async function means(tasks: Readonly<Record<string, () => unknown>>): Promise<Readonly<Record<string, number>>> {
  const bench = new Bench({ time: 400, warmupTime: 100 })
  for (const [name, task] of Object.entries(tasks)) bench.add(name, task)
  await bench.run()
  return Object.fromEntries(
    bench.tasks.map(({ name, result }) => {
      if (result.state !== 'completed') throw new Error(`${name} was not measured: ${result.state}`)
      return [name, result.latency.mean]
    }),
  )
}
