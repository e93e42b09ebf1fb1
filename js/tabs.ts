/** `postsource/tabs`: one connection for all tabs. */

export type { EventSharing } from './stream/sharing.ts'
export {
  type RoleChange,
  type ShareOptions,
  shareAcrossTabs,
  type TabSharing,
} from './tabs/share-across-tabs.ts'
export type { Late, Role } from './tabs/surroundings.ts'
