import { DatabaseError, type ErrorCode, errorTable, isErrorCode, problemOfError } from '../../domain/errors';

const codes = Object.keys(errorTable) as ErrorCode[];

describe('the table of codes', () => {
  test.each(Object.entries(errorTable))('%s has an HTTP error status and a title', (code, { status, title }) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  });

  test('titles tell codes apart', () => {
    expect(new Set(codes.map((code) => errorTable[code].title)).size).toBe(codes.length);
  });

  test.each<[ErrorCode, number]>([
    ['invalid_request', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['state_conflict', 409],
    ['operation_in_progress', 409],
    ['name_in_use', 409],
    ['not_supported', 501],
    ['backend_unavailable', 503],
    ['backend_busy', 503],
    ['store_unavailable', 503],
    ['delivery_failed', 502],
  ])('%s is %i', (code, status) => {
    expect(errorTable[code].status).toBe(status);
  });

  test('every code is retried never, a few times, or until the deadline', () => {
    for (const code of codes) expect(['never', 'bounded', 'always']).toContain(errorTable[code].retry);
  });

  test('what is tried until the deadline is what comes back by itself', () => {
    expect(codes.filter((code) => errorTable[code].retry === 'always').sort()).toEqual([
      'backend_busy',
      'backend_timeout',
      'backend_unavailable',
      'host_outdated',
      'host_silent',
      'recovering',
      'store_held',
      'store_unavailable',
      'temporal_unavailable',
    ]);
  });

  test('what is tried a few times may pass, or may be our own mistake', () => {
    expect(codes.filter((code) => errorTable[code].retry === 'bounded').sort()).toEqual([
      'backend_error',
      'delivery_failed',
      'engine_error',
      'internal',
      'port_taken',
      'volume_in_use',
    ]);
  });

  test('what is tried until the deadline says to a caller that it is not the request: 503 or 504', () => {
    const statuses = codes.filter((code) => errorTable[code].retry === 'always').map((code) => errorTable[code].status);
    expect(statuses.filter((status) => status !== 503 && status !== 504)).toEqual([]);
  });

  test.each<ErrorCode>([
    'invalid_request',
    'unauthenticated',
    'forbidden',
    'name_taken',
    'volume_missing',
    'superseded',
    'cancelled',
    'aborted',
    'secret_unreadable',
  ])('%s is never tried again: a second try has the same answer, or does harm', (code) => {
    expect(errorTable[code].retry).toBe('never');
  });
});

describe('a code that crossed a boundary', () => {
  test.each(codes)('%s is one of ours', (code) => {
    expect(isErrorCode(code)).toBe(true);
  });

  test.each([
    ['toString'],
    ['constructor'],
    ['__proto__'],
    ['hasOwnProperty'],
    ['Error'],
    ['Internal'],
    ['internal '],
    [''],
    [undefined],
    [null],
    [404],
    [{}],
    [['internal']],
  ])('%p is not', (value) => {
    expect(isErrorCode(value)).toBe(false);
  });
});

describe('an error', () => {
  const cause = new Error('connect ECONNREFUSED');
  const error = new DatabaseError(
    'image_not_found',
    'image postgres:99 is not there',
    { image: 'postgres:99' },
    { cause },
  );

  test('keeps code, message, details and cause', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('DatabaseError');
    expect(error).toMatchObject({ code: 'image_not_found', details: { image: 'postgres:99' } });
    expect(error.message).toBe('image postgres:99 is not there');
    expect(error.cause).toBe(cause);
  });

  test('without a cause has none', () => {
    expect(Object.hasOwn(new DatabaseError('internal', 'x'), 'cause')).toBe(false);
  });
});

describe('a problem', () => {
  class Odd {
    toString() {
      return 'odd';
    }
  }

  test.each([
    [
      'an error of ours, with its details',
      new DatabaseError('port_taken', 'port 5433 is taken', { port: 5433 }),
      { code: 'port_taken', message: 'port 5433 is taken', details: { port: 5433 } },
    ],
    [
      'an error of ours without details',
      new DatabaseError('cancelled', 'cancelled by root'),
      { code: 'cancelled', message: 'cancelled by root' },
    ],
    [
      'an error of somebody else',
      new TypeError('x is not a function'),
      { code: 'internal', message: 'x is not a function' },
    ],
    [
      'an error that only looks like one of ours',
      Object.assign(new Error('x'), { name: 'DatabaseError', code: 'port_taken' }),
      { code: 'internal', message: 'x' },
    ],
    ['a thrown string', 'no', { code: 'internal', message: 'no' }],
    ['a thrown object', new Odd(), { code: 'internal', message: 'odd' }],
    ['a thrown undefined', undefined, { code: 'internal', message: 'undefined' }],
    ['a thrown null', null, { code: 'internal', message: 'null' }],
  ])('stands for %s', (_what, thrown, problem) => {
    expect(problemOfError(thrown)).toStrictEqual(problem);
  });

  test('says nothing of the cause, which is for the log', () => {
    const cause = new Error('password authentication failed: hunter2');
    const problem = problemOfError(new DatabaseError('engine_error', 'no answer', {}, { cause }));
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });

  test('is the same after a journey as JSON', () => {
    const problem = problemOfError(new DatabaseError('container_exited', 'exited', { exitCode: 66, logTail: 'a\nb' }));
    expect(JSON.parse(JSON.stringify(problem))).toStrictEqual(problem);
  });
});
