import { expect, it } from 'vitest';
import { giveRoomBack, nowhere, type StampRoom, takeRoom } from '../../../src/traffic/stamp-room.ts';

const sizes = [1, 8, 9, 16, 144, 144, 144, 2064, 2064, 30_000, 65_536, 70_000, 144, 1];

it('rooms are as large as asked, little larger, and share no place', () => {
  const rooms = sizes.map((size) => takeRoom(size));
  for (const [index, { stamps, start, size }] of rooms.entries()) {
    const asked = sizes[index] ?? 0;
    expect(size).toBeGreaterThanOrEqual(asked);
    expect(size).toBeLessThanOrEqual(asked * 1.5 + 16);
    expect(start + size).toBeLessThanOrEqual(stamps.length);
    stamps.fill(index, start, start + size);
  }
  for (const [index, { stamps, start, size }] of rooms.entries()) {
    expect(stamps.subarray(start, start + size).every((stamp) => stamp === index)).toBe(true);
  }
});

it('a room that was given back is taken again', () => {
  const room = takeRoom(500);
  giveRoomBack(room);
  expect(takeRoom(500)).toBe(room);
  expect(takeRoom(500)).not.toBe(room);
});

it("room for none is no one else's", () => {
  giveRoomBack(nowhere);
  const rooms: StampRoom[] = [takeRoom(0), takeRoom(0), takeRoom(1)];
  expect(rooms).not.toContain(nowhere);
  expect(new Set(rooms.map(({ stamps, start }) => `${stamps.length} ${start}`)).size).toBe(3);
});
