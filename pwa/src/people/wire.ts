/** The answers of `/api/people` and `/api/teams`. */
import type { Role } from '../store/types.ts'

export type Team = { id: string; name: string }

export type Device = {
  id: string
  name: string
  enrolled_at: string
  last_seen_at: string | null
  revoked_at: string | null
  app_version: string
  /** Contacts that wait on it, as it said last; null before it said anything. */
  unsent: number | null
  storage_persisted: boolean | null
  /** How often its copy was not the server's; null before it said anything. */
  digest_mismatches: number | null
}

export type Member = {
  membership_id: string
  display_name: string
  role: Role
  team: Team
  active: boolean
  devices: Device[]
}

/** `code` in three groups; `qr` is a data: URI of `link`. */
export type Invitation = { code: string; link: string; qr: string; expires_at: string }

/** Members by team, in the order in which the server tells them. */
export function byTeam(members: readonly Member[]): { team: Team; members: Member[] }[] {
  const teams = new Map<string, { team: Team; members: Member[] }>()
  for (const member of members) {
    const found = teams.get(member.team.id) ?? { team: member.team, members: [] }
    found.members.push(member)
    teams.set(member.team.id, found)
  }
  return [...teams.values()].sort((one, other) => one.team.name.localeCompare(other.team.name))
}
