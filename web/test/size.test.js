import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url))
const esbuild = path('../node_modules/.bin/esbuild')

/** Bytes of one of the package's modules as it is loaded, gzipped. @param {string} module */
function size(module) {
  const source = execFileSync(esbuild, [path(`../sdk/${module}`), '--bundle', '--format=esm', '--target=es2022', '--minify-whitespace', '--minify-syntax'])
  return gzipSync(source, { level: 9 }).length
}

for (const [module, limit] of /** @type {[string, number][]} */ ([['parley.js', 8 << 10], ['webrtc.js', 6 << 10]])) {
  test(`${module} is below ${limit} bytes`, { skip: !existsSync(esbuild) && 'esbuild is missing (npm ci)' }, (t) => {
    const bytes = size(module)
    t.diagnostic(`${module}: ${bytes} bytes gzipped`)
    assert.ok(bytes < limit, `${bytes} bytes`)
  })
}
