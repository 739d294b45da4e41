import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The contents of the file that a setting names, which must parse. */
export const pemFile = (what: string, parse: (pem: Buffer) => unknown) =>
  z.string().transform((file, context) => {
    try {
      const pem = readFileSync(file);
      parse(pem);
      return pem;
    } catch (error) {
      const { syscall, code } = error as NodeJS.ErrnoException;
      const reason = syscall === undefined ? 'has none' : `cannot be read (${code})`;
      context.addIssue(`expected the path of ${what} in PEM: ${file} ${reason}`);
      return z.NEVER;
    }
  });

export const certificateFile = pemFile('a certificate', (pem) => new X509Certificate(pem));
