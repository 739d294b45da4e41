import { hostNotices, type NoticeType, type RaisedNotice } from '../domain/notifications/notices';
import { workflowIdOf } from '../domain/temporal-names';
import { dataOf, type Tone, type Wording, wordings } from './wordings';

/** A message as the store has it; its id is the same for every attempt. */
export interface Gathered {
  readonly id: string;
  readonly type: NoticeType | 'test';
  readonly at: Date;
  /** All of one type, in the order in which they were raised. */
  readonly notices: readonly RaisedNotice[];
}

/** Base URLs for the links in a message. */
export interface Links {
  /** The URL of Slipway's API. */
  readonly publicUrl: string;
  readonly temporalUi: { readonly url: string; readonly namespace: string };
}

/** One entry of a message. */
export interface Item {
  /** One line with the event and its reason. */
  readonly line: string;
  /** Labels and values, in reading order. */
  readonly facts: readonly (readonly [string, string])[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
}

/** A message before it is formatted for a channel. */
export interface Message {
  readonly id: string;
  readonly type: Gathered['type'];
  readonly at: Date;
  /** One line, with no control characters. */
  readonly subject: string;
  readonly tone: Tone;
  readonly items: readonly Item[];
  /** The notices as raised, for recipients that are programs. */
  readonly notices: readonly RaisedNotice[];
}

/** Maximum length of a subject: programs that show it cut longer ones off. */
const subjectLength = 150;

const valueLength = 500;

/** The message for notices of one type; the same for every channel. */
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
  const reason = error?.message ?? reasons?.join('; ') ?? data.reason;
  const facts: (readonly [string, string | undefined])[] = [
    ['Database', notice.databaseId === null || notice.type === 'orphan.found' ? undefined : nameOf(notice)],
    ['Engine', engine && `${engine.name} ${engine.version}`],
    ['Host', address ? `${address.host}:${address.port}` : hostId],
    ['State', wording.state],
    ['Databases', data.databaseNames?.join(', ')],
    ['Databases that are down', data.downNames?.join(', ')],
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

/** The name of an orphan; the id of a host; or the name of a database, or its id if it has no name. */
function nameOf(notice: RaisedNotice): string {
  const { name, hostId = 'unknown', databaseName = '' } = dataOf(notice);
  if (notice.type in hostNotices) return hostId;
  if (notice.type === 'orphan.found') return name ?? 'object';
  return databaseName.trim() || (notice.databaseId ?? 'a database');
}

function linksOf({ type, databaseId, operationId }: RaisedNotice, { publicUrl, temporalUi }: Links): Item['links'] {
  const base = publicUrl.replace(/\/$/, '');
  if (type in hostNotices) return [{ label: 'Databases', url: `${base}/v1/databases` }];
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

/** Replaces whatever would end a line or a header with a space. */
export function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** Cuts a text to at most `length` characters, never within a surrogate pair. */
export function cut(value: string, length: number): string {
  if (value.length <= length) return value;
  const shown = value.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '');
  return `${shown}…`;
}
