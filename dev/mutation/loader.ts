import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import { transformSync } from '@swc/core';

/** The packages that a pure test may load; every other one means a store, a container or a network. */
const purePackages = new Set(['fast-check', 'zod']);

/** A test that needs more than the code under test. */
export class ImpureTest extends Error {}

type Body = (exports: object, require: (name: string) => unknown, module: object, file: string, folder: string) => void;

export interface Loader {
  /**
   * Runs a file and everything of ours that it imports, all from the start. Throws `ImpureTest` for other packages.
   *
   * @param mutated files to be read differently, by their path
   * @returns the files that were run, relative to the root
   */
  load(file: string, mutated?: ReadonlyMap<string, string>): string[];
}

/** Loads TypeScript files of this root. A file is compiled once; packages are loaded once and kept. */
export function createLoader(root: string): Loader {
  const compiled = new Map<string, Body>();

  function bodyOf(file: string, mutated: ReadonlyMap<string, string>): Body {
    const changed = mutated.get(path.relative(root, file));
    const known = compiled.get(file);
    if (changed === undefined && known !== undefined) return known;
    const body = compile(file, changed ?? readFileSync(file, 'utf8'));
    if (changed === undefined) compiled.set(file, body);
    return body;
  }

  return {
    load(entry, mutated = new Map()) {
      const modules = new Map<string, { readonly exports: object }>();

      function run(file: string): object {
        const running = modules.get(file);
        if (running !== undefined) return running.exports;
        const module = { exports: {} };
        modules.set(file, module);
        const native = createRequire(file);
        const requireFrom = (name: string): unknown => {
          if (name.startsWith('.')) return run(path.resolve(path.dirname(file), `${name}.ts`));
          if (!isBuiltin(name) && !purePackages.has(name)) throw new ImpureTest(`${entry} loads ${name}`);
          return native(name);
        };
        bodyOf(file, mutated)(module.exports, requireFrom, module, file, path.dirname(file));
        return module.exports;
      }

      run(path.join(root, entry));
      return [...modules.keys()].map((file) => path.relative(root, file));
    },
  };
}

function compile(filename: string, source: string): Body {
  const { code } = transformSync(source, {
    filename,
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  });
  return compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], { filename }) as Body;
}
