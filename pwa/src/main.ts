/** Start: the look and the words first, then the device's store, then the screens. Nothing here waits for the network. */
import { mount } from 'svelte'
import App from './App.svelte'
import { session, start } from './engine.ts'
import './look/fonts.css'
import './look/tokens.css'
import './look/base.css'
import { theme } from './look/theme.svelte.ts'
import { preferredLanguage, words } from './words/words.svelte.ts'

theme.apply()
let failure: unknown = null
try {
  await start()
} catch (error) {
  failure = error
}
const wanted = preferredLanguage(session.me?.organisation.default_language)
if (!(await words.choose(wanted))) await words.choose('nl')
mount(App, { target: document.body, props: { failure } })
