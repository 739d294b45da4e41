import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './import-graph';

/** A line to insert in a source file, in memory only: before the first line that begins with `before`. */
export interface Addition {
  readonly file: string;
  readonly before: string;
  readonly line: string;
}

/** Which of the files, relative to the root, the compiler finds errors in after these additions. Checks only those. */
export function filesWithErrors(files: readonly string[], additions: readonly Addition[]): string[] {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    path.join(root, 'tsconfig.json'),
    { noEmit: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => expect(messageText).toBeUndefined() },
  );
  const { options } = parsed as ts.ParsedCommandLine;
  const texts = new Map(
    additions.map(({ file }) => [path.join(root, file), readFileSync(path.join(root, file), 'utf8')]),
  );
  for (const { file, before, line } of additions) {
    const name = path.join(root, file);
    const text = texts.get(name) ?? '';
    expect(text).toContain(`\n${before}`);
    texts.set(
      name,
      text.replace(`\n${before}`, () => `\n${line}\n${before}`),
    );
  }
  const host = ts.createCompilerHost(options, true);
  const readFile = host.readFile.bind(host);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  const program = ts.createProgram({ rootNames: files.map((file) => path.join(root, file)), options, host });
  return files.filter((file) => {
    const source = program.getSourceFile(path.join(root, file));
    return source !== undefined && program.getSemanticDiagnostics(source).length > 0;
  });
}
