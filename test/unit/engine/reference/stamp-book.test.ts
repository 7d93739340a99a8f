import { describe, expect, it } from 'vitest';
import { StampBook } from '../../../../src/engine/reference/stamp-book.ts';

function open(book: StampBook, index: number, writes = 2) {
  return book.open({ index, receivedNs: 9_007_199_254_740_993n, promptTokens: 5, writes });
}

describe('the stamp book', () => {
  it('tells stamps exactly, as text', () => {
    const book = new StampBook();
    const page = open(book, 0);
    page.write(9_007_199_254_740_995n, 3);
    expect(book.pages().map((each) => each.read())).toEqual([
      {
        index: 0,
        receivedNs: '9007199254740993',
        promptTokens: 5,
        outputTokens: 3,
        writes: [{ atNs: '9007199254740995', tokens: 3 }],
      },
    ]);
  });

  it('keeps the last requests only', () => {
    const book = new StampBook({ requests: 3, writes: 1000 });
    for (let index = 0; index < 10; index++) open(book, index);
    expect(book.pages().map((page) => page.index)).toEqual([7, 8, 9]);
  });

  it('keeps fewer when they are long, and always the newest', () => {
    const book = new StampBook({ requests: 100, writes: 10 });
    for (let index = 0; index < 4; index++) open(book, index, 4);
    expect(book.pages().map((page) => page.index)).toEqual([2, 3]);
    open(book, 4, 50);
    expect(book.pages().map((page) => page.index)).toEqual([4]);
  });

  it('forgets everything when cleared', () => {
    const book = new StampBook({ requests: 100, writes: 10 });
    open(book, 0, 10);
    book.clear();
    open(book, 1, 5);
    open(book, 2, 5);
    expect(book.pages().map((page) => page.index)).toEqual([1, 2]);
  });
});
