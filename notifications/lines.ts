import { cut } from './message';

/** The longest line of a list: fifty of these fit into any channel's message. */
const lineLength = 100;

/** Lines, each cut, as few texts of at most so many characters as hold them. */
export function linesIn(length: number, lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines.map((one) => cut(one, lineLength))) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= length) texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts;
}
