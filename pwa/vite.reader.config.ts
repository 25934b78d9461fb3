/** Builds what the guide pages load: one script, one style sheet, fonts, and their service worker. Nothing of the app. */
import { defineConfig } from 'vite'
import { compressed } from './build/compress.ts'
import { reader } from './build/reader.ts'

export default defineConfig({
  plugins: [reader(), compressed()],
  publicDir: false,
  build: {
    outDir: '../backend/wegwijs/web/app',
    // The app was built into it just before.
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Android's Chrome of five years ago.
    target: ['chrome95', 'firefox95', 'safari15'],
    cssCodeSplit: false,
    rolldownOptions: { input: { reader: 'reader/reader.ts' } },
  },
})
