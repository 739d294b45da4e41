import { z } from 'zod';

// Forms that several settings share.

export const port = z.coerce.number().int().min(0).max(65535);
export const milliseconds = z.coerce.number().int().positive();
export const count = z.coerce.number().int().min(1);

/** 0 for none. */
export const limit = z.coerce.number().int().min(0);

/** Written in seconds, read in milliseconds. */
export const seconds = z.coerce.number().positive().transform(toMs);

export function toMs(inSeconds: number): number {
  return inSeconds * 1000;
}

export const name = z.string().min(1);

/** A name or an IPv4 address, and a port. */
export const hostAndPort = z.string().regex(/^[^\s:]+:\d+$/, 'expected host:port');

const addressOrNetwork = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** Separated by commas; none by default. */
export const networks = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine(
    (parts) => parts.every((part) => addressOrNetwork.safeParse(part).success),
    'expected addresses or networks such as 192.168.1.2,10.0.0.0/8,fd12:3456::/48',
  )
  .default([]);
