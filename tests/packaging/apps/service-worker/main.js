/** The worker is bundled by what bundles the page. */
await navigator.serviceWorker.register(new URL('./worker.js', import.meta.url), { type: 'module' })
const { active } = await navigator.serviceWorker.ready
active.postMessage('begin')
