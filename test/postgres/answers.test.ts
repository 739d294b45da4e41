import { DatabaseError as PostgresError } from 'pg';
import { answerOf } from '../../postgres/answers';

function refusal(code: string, message = 'refused'): Error {
  return Object.assign(new PostgresError(message, 0, 'error'), { code });
}

test.each([
  ['starts', refusal('57P03', 'the database system is starting up'), 'starting'],
  ['recovers after a crash', refusal('57P03', 'the database system is in recovery mode'), 'starting'],
  [
    'has not reached a consistent state',
    refusal('57P03', 'the database system is not yet accepting connections'),
    'starting',
  ],
  ['shuts down', refusal('57P03', 'the database system is shutting down'), 'refused'],
  ['has no connection left', refusal('53300', 'sorry, too many clients already'), 'full'],
  ['refuses the login', refusal('28P01', 'password authentication failed'), 'refused'],
  ['is out of memory', refusal('53200', 'out of memory'), 'refused'],
  ['has a closed port', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'silent'],
  ['hangs', new Error('timeout expired'), 'silent'],
  ['fails with the code of an engine, and is none', Object.assign(new Error('no'), { code: '57P03' }), 'silent'],
])('the answer of an engine that %s', (_name, error, answer) => {
  expect(answerOf(error)).toBe(answer);
});
