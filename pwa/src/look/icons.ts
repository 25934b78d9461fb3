/** Small signs of the interface, drawn on a 24 x 24 grid with strokes of 2. They stand beside a word or carry a label. */
export const icons = {
  plus: ['M12 4v16', 'M4 12h16'],
  check: ['M4.5 12.5 10 18 19.5 7'],
  close: ['M6 6l12 12', 'M18 6 6 18'],
  back: ['M19 12H5', 'M11 6l-6 6 6 6'],
  forward: ['M9.5 5l6 7-6 7'],
  down: ['M6 9.5l6 6 6-6'],
  up: ['M6 14.5l6-6 6 6'],
  search: ['M16.5 11a6 6 0 1 1-12 0 6 6 0 0 1 12 0Z', 'M15 15.5l5 5'],
  clock: ['M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z', 'M12 7v5.2l3.4 2'],
  pencil: ['M4 20l1-4.5L16.5 4a2.1 2.1 0 0 1 3 3L8.5 19 4 20Z', 'M14.5 6.5l3 3'],
  bin: ['M4 7h16', 'M9.5 7V4.5h5V7', 'M6 7l1 13h10l1-13', 'M10.5 11v5', 'M13.5 11v5'],
  refresh: ['M20 5v5h-5', 'M4 19v-5h5', 'M19.5 10A8 8 0 0 0 5.6 7.5', 'M4.5 14a8 8 0 0 0 13.9 2.5'],
  today: ['M4 6h16v14H4Z', 'M4 10.5h16', 'M8.5 3.5V8', 'M15.5 3.5V8', 'M9 15.3l2.2 2.2 4-4'],
  person: ['M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z', 'M4.5 20.5c0-4 3.3-6.5 7.5-6.5s7.5 2.5 7.5 6.5'],
  people: [
    'M12.5 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z',
    'M2.5 20c0-3.6 2.9-5.8 6.5-5.8s6.5 2.2 6.5 5.8',
    'M15.5 5.2a3.5 3.5 0 0 1 0 6.6',
    'M18 14.8c2.100.8 3.5 2.6 3.5 5.2',
  ],
  contacts: ['M4 5h16v11H11l-4.5 4v-4H4Z', 'M8 9h8', 'M8 12.5h5'],
  figures: ['M4 20h16', 'M7 20v-6', 'M12 20V6', 'M17 20V10'],
  phone: ['M7.5 3h9a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Z', 'M10.5 18h3'],
  lock: ['M6 11h12v9H6Z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3'],
  book: ['M12 6.5C10 5 7 4.5 4 4.5v13c3 0 6 .5 8 2 2-1.5 5-2 8-2v-13c-3 0-6 .5-8 2Z', 'M12 6.5v13'],
  sound: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z', 'M15.5 9a4 4 0 0 1 0 6', 'M18 6.5a8 8 0 0 1 0 11'],
  record: ['M15 6.5v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 6 0Z', 'M5.5 11.5a6.5 6.5 0 0 0 13 0', 'M12 18v3'],
  send: ['M12 20V5', 'M6 11l6-6 6 6'],
  question: ['M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.100', 'M12 17.5v.1'],
} as const

export type IconName = keyof typeof icons

/** Arrows that point along the line of writing, and so turn with it. */
export const mirrored: ReadonlySet<IconName> = new Set<IconName>(['back', 'forward'])
