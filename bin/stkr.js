#!/usr/bin/env node
// The command `stkr`. Plain old JavaScript on purpose: an old Node must get as far as saying what is wrong. In a checkout
// the TypeScript runs as it is; the published package holds what `npm run build` made of it.

var LEAST = 22
var version = process.versions.node

if (parseInt(version, 10) < LEAST) {
  console.error(
    'stkr: needs Node ' + LEAST + ' or later, and this is ' + version + '. Install a newer one: https://nodejs.org',
  )
  process.exit(2)
} else {
  import('node:fs').then(function (fs) {
    var source = new URL('../src/main.ts', import.meta.url)
    return import(fs.existsSync(source) ? source.href : '../dist/bundle/main.js')
  })
}
