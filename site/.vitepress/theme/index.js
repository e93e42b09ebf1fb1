import DefaultTheme from 'vitepress/theme'
import { defineAsyncComponent } from 'vue'
import './style.css'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    // only the pages with examples load the package
    app.component(
      'LiveExample',
      defineAsyncComponent(() => import('./LiveExample.vue')),
    )
  },
}
