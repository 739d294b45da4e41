import { cut } from './message';

/** Maximum length of a line in a list: fifty of these fit into a message of any channel. */
const lineLength = 100;

/** Cuts each line, and joins the lines into as few texts of at most `length` characters as possible. */
export function linesIn(length: number, lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines.map((one) => cut(one, lineLength))) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= length) texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts;
}
