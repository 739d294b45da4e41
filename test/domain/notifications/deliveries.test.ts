import fc from 'fast-check';
import { deliveryLimits, nextAttemptAfterMs } from '../../../domain/notifications/deliveries';

const pace = { initialMs: 1_000, ...deliveryLimits };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

test.each([
  { attempts: 1, sinceBeganMs: 0, retryAfterSeconds: null, next: 1_000 },
  { attempts: 2, sinceBeganMs: 1_000, retryAfterSeconds: null, next: 2_000 },
  { attempts: 12, sinceBeganMs: hourMs, retryAfterSeconds: null, next: 2_048_000 },
  { attempts: 13, sinceBeganMs: hourMs, retryAfterSeconds: null, next: hourMs },
  { attempts: 1_000, sinceBeganMs: 20 * hourMs, retryAfterSeconds: null, next: hourMs },
  { attempts: 1, sinceBeganMs: 0, retryAfterSeconds: 120, next: 120_000 },
  { attempts: 9, sinceBeganMs: 0, retryAfterSeconds: 1, next: 256_000 },
  { attempts: 1, sinceBeganMs: 0, retryAfterSeconds: 1_000_000, next: hourMs },
  { attempts: 30, sinceBeganMs: dayMs - hourMs, retryAfterSeconds: null, next: hourMs },
  { attempts: 30, sinceBeganMs: dayMs - hourMs + 1, retryAfterSeconds: null, next: null },
])('after attempt $attempts, $sinceBeganMs ms on: $next', ({ next, ...ended }) => {
  expect(nextAttemptAfterMs(ended, pace)).toBe(next);
});

test('tried for a day, never more than an hour apart, and some thirty times (E23)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 60_000 }), (initialMs) => {
      let sinceBeganMs = 0;
      let attempts = 1;
      for (;;) {
        const next = nextAttemptAfterMs({ attempts, sinceBeganMs, retryAfterSeconds: null }, { ...pace, initialMs });
        if (next === null) break;
        expect(next).toBeLessThanOrEqual(hourMs);
        sinceBeganMs += next;
        attempts += 1;
      }
      expect(sinceBeganMs).toBeLessThanOrEqual(dayMs);
      expect(sinceBeganMs).toBeGreaterThan(dayMs - hourMs);
      expect(attempts).toBeLessThan(50);
    }),
  );
});
