// Read by svelte-check and the Vite plugin: runes everywhere, so that state looks the same in every file.
export default {
  compilerOptions: { runes: true },
}
