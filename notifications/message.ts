import type { NoticeType, RaisedNotice } from '../domain/notifications/notices';
import { workflowIdOf } from '../domain/temporal-names';
import { dataOf, type Tone, type Wording, wordings } from './wordings';

/** What the store has of a message: its id stays the same, however often it is sent. */
export interface Gathered {
  readonly id: string;
  readonly type: NoticeType | 'test';
  readonly at: Date;
  /** Of one type, in the order in which they were raised. */
  readonly notices: readonly RaisedNotice[];
}

/** Where one looks further. */
export interface Links {
  /** Of Slipway's API. */
  readonly publicUrl: string;
  readonly temporalUi: { readonly url: string; readonly namespace: string };
}

/** One thing that a message tells. */
export interface Item {
  /** In one line: what, and why. */
  readonly line: string;
  /** Label and value, in the order in which they are read. */
  readonly facts: readonly (readonly [string, string])[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
}

/** A message, before a channel gives it its form. */
export interface Message {
  readonly id: string;
  readonly type: Gathered['type'];
  readonly at: Date;
  /** One line, with no control characters. */
  readonly subject: string;
  readonly tone: Tone;
  readonly items: readonly Item[];
  /** As they were raised, for those who read them by a program. */
  readonly notices: readonly RaisedNotice[];
}

/** The longest subject: what is longer is cut off by those who show it. */
const subjectLength = 150;

const valueLength = 500;

/** What is said of notices of one type; the same for every channel. */
export function messageOf({ id, type, at, notices }: Gathered, links: Links): Message {
  if (type === 'test') return testMessage(id, at);
  const wording = wordings[type];
  const [first] = notices;
  const alone = first === undefined ? '' : wording.one(nameOf(first), dataOf(first));
  const said = notices.length === 1 ? alone : wording.many(notices.length);
  const items = notices.map((notice) => itemOf(notice, wording, links));
  return {
    id,
    type,
    at,
    subject: cut(oneLine(`[Slipway] ${said}`), subjectLength),
    tone: wording.tone,
    items,
    notices,
  };
}

function testMessage(id: string, at: Date): Message {
  const line = 'this channel works; its notifications will arrive here';
  return {
    id,
    type: 'test',
    at,
    subject: '[Slipway] Test message',
    tone: 'info',
    items: [{ line, facts: [], links: [] }],
    notices: [],
  };
}

function itemOf(notice: RaisedNotice, wording: Wording, links: Links): Item {
  const data = dataOf(notice);
  const { engine, address, hostId, checkedAt, since, downSince, failures, error, reasons } = data;
  const reason = error?.message ?? reasons?.join('; ');
  const facts: (readonly [string, string | undefined])[] = [
    ['Database', notice.type === 'orphan.found' ? undefined : nameOf(notice)],
    ['Engine', engine && `${engine.name} ${engine.version}`],
    ['Host', address ? `${address.host}:${address.port}` : hostId],
    ['State', wording.state],
    ['Since', since],
    ['Was down since', downSince],
    ['Checked at', checkedAt],
    ['Consecutive failures', failures === undefined ? undefined : String(failures)],
    ['Error', error?.message],
    ['Reason', error?.message === undefined ? reason : undefined],
  ];
  return {
    line: oneLine(wording.one(nameOf(notice), data) + (reason === undefined ? '' : `: ${reason}`)),
    facts: facts.flatMap(([label, value = '']) =>
      value.trim() === '' ? [] : [[label, cut(oneLine(value), valueLength)] as const],
    ),
    links: linksOf(notice, links),
  };
}

/** Of an orphan its own; of a database its name, or its id where it has none. */
function nameOf(notice: RaisedNotice): string {
  const { name, databaseName = '' } = dataOf(notice);
  if (notice.type === 'orphan.found') return name ?? 'object';
  return databaseName.trim() || (notice.databaseId ?? 'a database');
}

function linksOf({ type, databaseId, operationId }: RaisedNotice, { publicUrl, temporalUi }: Links): Item['links'] {
  const base = publicUrl.replace(/\/$/, '');
  if (databaseId === null || type === 'orphan.found') return [{ label: 'Orphans', url: `${base}/v1/orphans` }];
  const database = { label: 'Database', url: `${base}/v1/databases/${databaseId}` };
  if (operationId === null) return [database];
  const ui = `${temporalUi.url.replace(/\/$/, '')}/namespaces/${encodeURIComponent(temporalUi.namespace)}`;
  return [
    database,
    { label: 'Operation', url: `${base}/v1/operations/${operationId}` },
    { label: 'Run', url: `${ui}/workflows/${workflowIdOf(databaseId)}` },
  ];
}

/** With nothing in it that ends a line or a header. */
export function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** So many characters at most, never half of one. */
export function cut(value: string, length: number): string {
  if (value.length <= length) return value;
  const shown = value.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '');
  return `${shown}…`;
}
