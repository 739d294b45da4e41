import { checkError, checkErrorCodes } from '../../../domain/health/check-errors';
import { changedSettings, checkSettingsShape, checkStates, defaultCheckSettings } from '../../../domain/health/checks';

test('states and error codes are those that callers may rely on', () => {
  expect(checkStates).toEqual(['unknown', 'up', 'down']);
  expect(checkErrorCodes).toEqual([
    ...['container_missing', 'container_exited', 'container_paused', 'container_not_running'],
    ...['out_of_memory', 'disk_full', 'host_silent'],
    ...['connection_refused', 'connection_lost', 'host_unreachable', 'timeout'],
    ...['authentication_failed', 'too_many_connections', 'recovery_in_progress', 'starting_up', 'shutting_down'],
    'engine_error',
  ]);
});

test.each([
  { setting: 'intervalSeconds', least: 2, most: 86_400 },
  { setting: 'timeoutSeconds', least: 1, most: 60 },
  { setting: 'failureThreshold', least: 1, most: 100 },
  { setting: 'successThreshold', least: 1, most: 100 },
] as const)('$setting is a whole number from $least to $most', ({ setting, least, most }) => {
  const isValid = (value: number) => checkSettingsShape[setting].safeParse(value).success;
  expect([least - 1, least, least + 0.5, most, most + 1].map(isValid)).toEqual([false, true, false, true, false]);
});

test.each([
  {
    patch: { timeoutSeconds: 90 },
    field: 'timeoutSeconds',
    expected: 'less than intervalSeconds (60)',
    received: '90',
  },
  { patch: { intervalSeconds: 5 }, field: 'intervalSeconds', expected: 'more than timeoutSeconds (5)', received: '5' },
  {
    patch: { timeoutSeconds: 60 },
    field: 'timeoutSeconds',
    expected: 'less than intervalSeconds (60)',
    received: '60',
  },
])('$patch is refused as $field', ({ patch, ...problem }) => {
  let refusal: unknown;
  try {
    changedSettings(defaultCheckSettings, patch);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ code: 'invalid_request', details: { errors: [problem] } });
});

test('each setting changes by itself, and the others stay', () => {
  for (const [setting, value] of Object.entries({
    intervalSeconds: 61,
    timeoutSeconds: 6,
    failureThreshold: 4,
    successThreshold: 2,
  })) {
    const changed = changedSettings(defaultCheckSettings, { [setting]: value });
    expect(changed).toEqual({ ...defaultCheckSettings, [setting]: value });
  }
});

test('a message of 300 characters stays as it is; a longer one is cut to 300', () => {
  const exact = 'x'.repeat(300);
  expect(checkError('timeout', exact).message).toBe(exact);
  expect(checkError('timeout', `${exact}y`).message).toBe(`${'x'.repeat(299)}…`);
});

test('a message has no space around it', () => {
  expect(checkError('timeout', '\n  late \t').message).toBe('late');
});
