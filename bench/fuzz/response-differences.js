// What may differ between the two readings of a response, by name, and what may not.

const tabbed = {
  name: 'Tokometer takes a connection, transfer-encoding or content-length that a tab follows for what it says',
  holds: ({ text }) => /(?:connection|transfer-encoding|content-length):[^\n]*\t\r?\n/i.test(text),
};

const cautious = {
  name: 'Tokometer does not keep a connection whose response had a transfer-encoding, if an empty one, beside a content-length',
  holds: ({ mine }) => !mine.keepAlive && mine.headers['transfer-encoding'] === '' && 'content-length' in mine.headers,
};

const bareFeed = {
  name: 'Tokometer refuses a bare line feed between chunks; llhttp takes it when lone line feeds are allowed in heads',
  holds: ({ refuses }) => /bare line feed|more chunk data/.test(refuses.ours ?? ''),
};

/** Differences that are intended: who alone refuses, and in what. */
const intended = [
  tabbed,
  {
    name: 'Tokometer refuses a stray carriage return; llhttp passes it over in a status line',
    holds: ({ refuses }) => /stray carriage return/.test(refuses.ours ?? ''),
  },
  bareFeed,
  {
    name: 'Tokometer refuses versions other than 1.0 and 1.1, a status below 100 and an unasked change of protocol',
    holds: ({ refuses }) => /^no HTTP\/1 answer; it begins with "HTTP\/|change of protocol/.test(refuses.ours ?? ''),
  },
  {
    name: 'Tokometer passes over the fields of trailers unread',
    holds: ({ refuses, mine, theirs }) =>
      refuses.llhttp !== null &&
      theirs?.state === 'open' &&
      mine.state === 'done' &&
      bodyOf(mine).equals(bodyOf(theirs)),
  },
  {
    name: 'Tokometer passes over chunk extensions and white space after a chunk size unread',
    holds: ({ refuses, theirs }) =>
      /^HPE_(STRICT|INVALID_CHUNK_SIZE)$/.test(refuses.llhttp ?? '') && theirs?.state === 'open' && isChunked(theirs),
  },
  {
    name: 'Tokometer takes a content-length that is given twice with one value',
    holds: ({ refuses, next }) =>
      /^HPE_(UNEXPECTED|INVALID)_CONTENT_LENGTH$/.test(refuses.llhttp ?? '') &&
      /^\d+(, \d+)*$/.test(next?.headers['content-length'] ?? ''),
  },
  {
    name: 'Tokometer does not look at the content-length of a 204, a 304 or one beside a transfer-encoding',
    holds: ({ refuses, next }) =>
      /CONTENT_LENGTH|TRANSFER_ENCODING/.test(refuses.llhttp ?? '') &&
      next !== undefined &&
      (next.status === 204 || next.status === 304 || isChunked(next)),
  },
  {
    name: 'Tokometer reads on after an interim response that is HTTP/1.0 or says close',
    holds: ({ closed, text }) => closed && /HTTP\/1\.[01] 1\d\d/.test(text),
  },
  {
    name: 'Tokometer reads on after an interim response with a length or a transfer-encoding: it has no body whatever it says (RFC 9112, 6.3)',
    holds: ({ refuses, text }) =>
      (refuses.llhttp === null || refuses.llhttp === 'HPE_INVALID_EOF_STATE') &&
      /HTTP\/1\.1 1\d\d[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*(?:transfer-encoding|content-length):/i.test(text),
  },
  {
    name: 'Tokometer takes a header that goes on in a second line',
    holds: ({ refuses, next, text }) => refuses.llhttp !== null && next !== undefined && /\n[ \t]/.test(text),
  },
];

const bodyOf = ({ parts }) => Buffer.concat(parts);
const isChunked = ({ headers }) => 'transfer-encoding' in headers;

function sameHead(one, other) {
  if (one.status !== other.status || one.reason !== other.reason) return false;
  const names = Object.keys(one.headers);
  return (
    names.length === Object.keys(other.headers).length &&
    names.every((name) => one.headers[name] === other.headers[name])
  );
}

function startsWith(long, short) {
  return long.length >= short.length && long.subarray(0, short.length).equals(short);
}

/** Whether two responses agree as far as both of them came: same head; same body, or one the beginning of the other. */
function agree(one, other) {
  if (!sameHead(one, other)) return false;
  const [mine, theirs] = [bodyOf(one), bodyOf(other)];
  if (one.state === 'done' && other.state === 'done') return mine.equals(theirs);
  if (one.state === 'done') return startsWith(mine, theirs);
  if (other.state === 'done') return startsWith(theirs, mine);
  return startsWith(mine, theirs) || startsWith(theirs, mine);
}

function equal(ours, llhttp) {
  if (ours.responses.length !== llhttp.responses.length) return false;
  return ours.responses.every((mine, index) => {
    const theirs = llhttp.responses[index];
    return mine.state === theirs.state && bodyOf(mine).length === bodyOf(theirs).length;
  });
}

/**
 * null: the same, or refused by both. A text: the name of a difference that is intended. `{ wrong }`: one that is not. llhttp looks at each byte of
 * a head as it comes and Tokometer at the whole head, so one may refuse a little earlier; what they hand on must agree.
 */
export function responseDifference(ours, llhttp, bytes) {
  // The end of the connection within a response, and bytes after the last one, are states here and no refusals.
  const refuses = {
    ours: ours.problem,
    llhttp: /^HPE_(INVALID_EOF_STATE|CLOSED_CONNECTION)$/.test(llhttp.problem ?? '') ? null : llhttp.problem,
  };
  const shared = Math.min(ours.responses.length, llhttp.responses.length);
  const text = bytes.toString('latin1');
  const last = Math.max(0, llhttp.responses.length - 1);
  const closed = llhttp.problem === 'HPE_CLOSED_CONNECTION';
  const facts = {
    refuses,
    closed,
    text,
    mine: ours.responses[last],
    theirs: llhttp.responses[last],
    next: ours.responses[llhttp.responses.length],
  };
  for (let index = 0; index < shared; index++) {
    const [mine, theirs] = [ours.responses[index], llhttp.responses[index]];
    if (!agree(mine, theirs)) {
      const excuse = [bareFeed, tabbed].find(({ holds }) => isChunked(theirs) && holds(facts));
      return excuse?.name ?? { wrong: `response ${index} is not the same` };
    }
    if (mine.state === 'done' && theirs.state === 'done' && mine.keepAlive !== theirs.keepAlive) {
      const excuse = [tabbed, cautious].find(({ holds }) => holds({ ...facts, mine }));
      if (excuse !== undefined) return excuse.name;
      return { wrong: `response ${index} ${mine.keepAlive ? 'keeps' : 'ends'} the connection` };
    }
  }
  if (refuses.ours !== null && refuses.llhttp !== null) return null;
  if (refuses.ours === null && refuses.llhttp === null && equal(ours, llhttp)) return null;
  if (refuses.ours === null && equal(ours, llhttp))
    return 'llhttp refuses a head before it is complete; Tokometer waits for its end';
  const found = intended.find(({ holds }) => holds(facts));
  if (found !== undefined) return found.name;
  if (refuses.ours === null && refuses.llhttp === null) return { wrong: 'one has more than the other' };
  return {
    wrong: refuses.ours === null ? `only llhttp refuses: ${refuses.llhttp}` : `only Tokometer refuses: ${refuses.ours}`,
  };
}
