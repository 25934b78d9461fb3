/** Identifiers: UUID 4 for records, UUID 7 (ordered by time) for mutations and groups. Pure: bytes are handed in. */

/** A random UUID; `random` are 16 random bytes. */
export function uuid4(random: Uint8Array): string {
  return format(random, 4)
}

/** A UUID that begins with the time (`now`, milliseconds since 1970); `random` are 16 random bytes. */
export function uuid7(now: number, random: Uint8Array): string {
  const bytes = random.slice()
  for (let place = 5, rest = now; place >= 0; place--) {
    bytes[place] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return format(bytes, 7)
}

function format(source: Uint8Array, version: number): string {
  const bytes = source.slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
