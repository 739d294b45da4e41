import { createHmac } from 'node:crypto';
import { newPassword, scramVerifier } from '../../postgres/scram';

// RFC 7677, section 3: user `user`, password `pencil`.
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const authMessage = [
  'n=user,r=rOprNGfwEbeRWgbNEkqO',
  'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
].join(',');

test('the verifier of a known password', () => {
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test("its server key makes the signature of RFC 7677's example", () => {
  const serverKey = Buffer.from(scramVerifier('pencil', salt).split(':')[2] ?? '', 'base64');
  const signature = createHmac('sha256', serverKey).update(authMessage).digest('base64');
  expect(signature).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('one password has a new salt, and so a new verifier, each time', () => {
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
});

test('passwords are 32 bytes that need no quoting anywhere, and never twice the same', () => {
  const passwords = Array.from({ length: 100 }, newPassword);
  for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(passwords).size).toBe(100);
});
