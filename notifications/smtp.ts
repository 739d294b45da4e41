import { once } from 'node:events';
import { connect } from 'node:net';
import nodemailer from 'nodemailer';
import { DatabaseError } from '../domain/errors';
import type { SmtpConfig } from '../domain/notifications/channels';
import { htmlOf } from './html';
import type { Message } from './message';
import { type Egress, resolveTarget } from './resolve';
import { literalOf } from './target';
import { textOf } from './text';

/** Timeout of each wait, and of the whole mail, however slowly the server responds. */
const waitMs = 5_000;
const totalMs = 10_000;

/** Permanent failures, which a retry does not change (RFC 5321, 4.2.1). */
const isFinal = (responseCode: number | undefined) => responseCode !== undefined && responseCode >= 500;

/**
 * Sends a mail, once, to all recipients. Its Message-ID comes from the message, so that a mail sent twice is
 * recognised. Throws `delivery_refused` and `delivery_failed`, which contain only the code of the server's response.
 */
export async function sendMail(config: SmtpConfig, message: Message, egress: Egress): Promise<void> {
  const [address] = await resolveTarget(config.host, egress, false);
  if (address === undefined) throw new DatabaseError('delivery_failed', `${config.host} has no address`);
  // Connects here rather than in nodemailer, so that the connection goes to the checked address.
  const socket = connect({ host: address.address, port: config.port });
  // Calls that wait for the socket report its errors; without this listener, any other error would end the process.
  socket.on('error', () => undefined);
  const expiry = setTimeout(() => socket.destroy(new Error(`it took more than ${totalMs / 1000} s`)), totalMs);
  try {
    await once(socket, 'connect');
    const transport = nodemailer.createTransport({ ...transportOf(config, egress), connection: socket });
    const { rejected } = await transport.sendMail({
      from: config.from,
      to: [...config.recipients],
      subject: message.subject,
      text: textOf(message),
      html: htmlOf(message),
      messageId: `<${message.id}@slipway.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    if (rejected.length > 0) {
      const counted = `${rejected.length} of ${config.recipients.length}`;
      throw new DatabaseError(
        'delivery_refused',
        `${config.host} rejected ${counted} recipients; the others received the message`,
      );
    }
  } catch (error) {
    throw error instanceof DatabaseError ? error : translated(config.host, error);
  } finally {
    clearTimeout(expiry);
    socket.destroy();
  }
}

function transportOf({ host, port, tls, user, password }: SmtpConfig, { ca }: Egress) {
  return {
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: {
      minVersion: 'TLSv1.2' as const,
      ...(literalOf(host) === null ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
    },
    ...(user === null || password === null ? {} : { auth: { user, pass: password } }),
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
  };
}

function translated(host: string, error: unknown): DatabaseError {
  const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
  const said = responseCode === undefined ? code : `${code}, ${responseCode}`;
  const kind = isFinal(responseCode) ? 'delivery_refused' : 'delivery_failed';
  return new DatabaseError(kind, `the mail server ${host} did not accept the message: ${said}`, {}, { cause: error });
}
