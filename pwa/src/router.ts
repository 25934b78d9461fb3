/**
 * Which screens there are, for whom, and which of them are tabs. A new screen is one entry.
 *
 * The worker's screens are part of the entry, so that they open at once and without a network; the others are loaded when
 * they are first needed.
 */
import type { Component } from 'svelte'
import ContactScreen from './contact/ContactScreen.svelte'
import VersionsScreen from './contact/VersionsScreen.svelte'
import LogScreen from './log/LogScreen.svelte'
import type { IconName } from './look/icons.ts'
import MeScreen from './me/MeScreen.svelte'
import type { Role } from './store/types.ts'
import AttentionScreen from './today/AttentionScreen.svelte'
import TodayScreen from './today/TodayScreen.svelte'
import { _ } from './words/words.svelte.ts'

/**
 * A screen gets the named parts of its address as `params`: `/contact/:id` gives `{ id }`. One whose address has no such
 * parts declares no props, and no one type of Component but this covers both.
 */
export type Screen = Component<any>

export type Route = {
  path: string
  roles: readonly Role[]
  title: () => string
  /** Part of the entry (`screen`) or loaded when needed (`load`). */
  screen?: Screen
  load?: () => Promise<{ default: Screen }>
  tab?: IconName
  /** The tab that it belongs to. */
  under?: string
  /** Without tabs and "+": a task that one finishes or leaves. */
  task?: boolean
}

const EVERYONE: readonly Role[] = ['worker', 'supervisor', 'coordinator', 'administrator']

/** In the order of the tabs; the first that a role may see is its start. */
export const routes: readonly Route[] = [
  { path: '/', roles: ['worker'], title: () => _('Today'), screen: TodayScreen, tab: 'today' },
  { path: '/log', roles: ['worker'], title: () => _('New contact'), screen: LogScreen, task: true },
  { path: '/contact/:id', roles: ['worker'], title: () => _('Contact'), screen: ContactScreen, task: true },
  { path: '/attention', roles: ['worker'], title: () => _('Asks your attention'), screen: AttentionScreen, task: true },
  { path: '/contact/:id/versions', roles: ['worker'], title: () => _('Two versions'), screen: VersionsScreen, task: true },
  {
    path: '/guides',
    roles: ['worker'],
    title: () => _('Guides'),
    load: () => import('./guides/GuidesScreen.svelte'),
    tab: 'book',
  },
  {
    path: '/guides/:code',
    roles: ['worker'],
    title: () => _('Guides'),
    load: () => import('./guides/GuideScreen.svelte'),
    task: true,
  },
  {
    path: '/guides/:code/check/:language',
    roles: ['worker'],
    title: () => _('Are these texts right?'),
    load: () => import('./guides/CheckScreen.svelte'),
    task: true,
  },
  {
    path: '/contacts',
    roles: ['supervisor'],
    title: () => _('Contacts'),
    load: () => import('./review/ContactList.svelte'),
    tab: 'contacts',
  },
  {
    path: '/attention',
    roles: ['supervisor'],
    title: () => _('Asks for attention'),
    load: () => import('./review/AttentionList.svelte'),
    tab: 'question',
  },
  {
    path: '/guides',
    roles: ['supervisor'],
    title: () => _('Guides'),
    load: () => import('./guides/editor/GuideList.svelte'),
    tab: 'book',
  },
  ...['/guides/:code', '/guides/:code/:view'].map(
    (path): Route => ({
      path,
      roles: ['supervisor'],
      title: () => _('Guides'),
      load: () => import('./guides/editor/StudioScreen.svelte'),
      under: '/guides',
    }),
  ),
  ...(['supervisor', 'administrator'] as const).map(
    (role): Route => ({
      path: '/public-facts',
      roles: [role],
      title: () => _('What newcomers are told'),
      load: () => import('./public/PublicFactsScreen.svelte'),
      under: role === 'supervisor' ? '/guides' : '/people',
    }),
  ),
  {
    path: '/figures',
    roles: ['supervisor', 'coordinator'],
    title: () => _('Figures'),
    load: () => import('./reports/Counts.svelte'),
    tab: 'figures',
  },
  {
    path: '/people',
    roles: ['administrator'],
    title: () => _('People'),
    load: () => import('./people/People.svelte'),
    tab: 'people',
  },
  {
    path: '/devices',
    roles: ['supervisor'],
    title: () => _('Devices'),
    load: () => import('./people/TeamDevices.svelte'),
    tab: 'phone',
  },
  { path: '/me', roles: EVERYONE, title: () => _('Me'), screen: MeScreen, tab: 'person' },
]

export type Match = { route: Route; params: Record<string, string> }

export function tabsOf(role: Role): Route[] {
  return routes.filter((route) => route.tab && route.roles.includes(role))
}

/** The screen at an address for a role; an address that is not there or not for this role leads to the role's start. */
export function match(path: string, role: Role): Match {
  for (const route of routes) {
    const params = route.roles.includes(role) ? parts(route.path, path) : null
    if (params) return { route, params }
  }
  return { route: tabsOf(role)[0]!, params: {} }
}

function parts(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = given[index]!
    else if (part !== given[index]) return null
  }
  return params
}
