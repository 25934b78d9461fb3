import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { compressed } from './build/compress.ts'
import { precache } from './build/precache.ts'
import { sprite } from './build/sprite.ts'
import { words } from './build/words.ts'

export default defineConfig({
  plugins: [svelte(), words(), sprite(), precache(), compressed()],
  build: {
    outDir: '../backend/wegwijs/web/app',
    emptyOutDir: true,
    // Nothing inlined and no preload script: the content security policy allows neither data: fonts nor inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // Few files: on a slow network each one more costs a round trip, and its bytes next to nothing.
    cssCodeSplit: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'base', test: /node_modules|\/src\/(api|look|store|sync|words|navigation|people\/roles)/ }] } },
    },
  },
})
