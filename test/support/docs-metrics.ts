// docs/metrics.md as it should be, from the table of meters and the library's own list.
import { Registry, collectDefaultMetrics } from 'prom-client'
import { METERS } from '../../src/api/meters.ts'

const HEAD = `# Metrics

What \`/metrics\` of a sidecar tells Prometheus. \`npm run metrics\` writes this page; how to watch and what to do about it is in
[operating](operating.md#watching-a-sidecar). A label never has more values than the last column says, plus \`other\`.

| metric | type | labels | what it is | series |
| --- | --- | --- | --- | --- |
`

const MIDDLE = `
## Of the process

From prom-client's standard collection; those of \`process_\` that read \`/proc\` exist on Linux alone.

| metric | type | what it is |
| --- | --- | --- |
`

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')

interface Standard {
  readonly name: string
  readonly type: string
  readonly help: string
}

/** What the library adds on this platform. */
export async function standardMeters(): Promise<readonly Standard[]> {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const all = await register.getMetricsAsJSON()
  register.clear()
  return all.map(({ name, type, help }) => ({ name, type: String(type), help }))
}

export async function metricsPage(): Promise<string> {
  const own = Object.entries(METERS).map(([name, { type, labels, help, most }]) => {
    const named = labels.map((label) => `\`${label}\``).join(', ') || '–'
    return `| \`${name}\` | ${type} | ${named} | ${cell(help)} | ${labels.length === 0 ? 1 : most} |`
  })
  const standard = (await standardMeters()).map(({ name, type, help }) => `| \`${name}\` | ${type} | ${cell(help)} |`)
  return `${HEAD}${own.join('\n')}\n${MIDDLE}${standard.toSorted().join('\n')}\n`
}
