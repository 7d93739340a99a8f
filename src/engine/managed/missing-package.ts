import type { FailureHint } from './server-description.ts';

// Modules whose package has another name.
const packageOf: Readonly<Record<string, string>> = {
  auto_gptq: 'auto-gptq',
  awq: 'autoawq',
  compressed_tensors: 'compressed-tensors',
  flash_attn: 'flash-attn',
  quark: 'amd-quark',
  auto_round: 'auto-round',
  PIL: 'pillow',
  google: 'protobuf',
};

const quantizers =
  /(?:Error|error)\b(?=.*\b(?:install(?:ed)?|not found|require[sd]?|missing|needs?)\b).*?\b(auto-?awq|auto-?gptq|gptqmodel|bitsandbytes|compressed-tensors|optimum|torchao|amd-quark|hqq|auto-round)\b/i;
const pipLine = /(?:Error|error)\b.*\bpip3? install (?:-[\w-]+ )*[`"']?([\w.[\]-]+(?:\s*(?:[<>=!~]=|[<>])\s*[\w.*]+)?)/;
const noModule = /No module named '?(\w+)/;
// A part of the engine itself, or of what it is built on: another package does not bring it.
const ownModules: ReadonlySet<string> = new Set(['vllm', 'sglang', 'torch']);

/** What a log says of a package that is missing, each with the line that installs it into this interpreter's environment. */
export function missingPackageFailures(interpreter: string): readonly FailureHint[] {
  const install = (requirement: string): string => {
    const word = /[<>=!~[\]]/.test(requirement) ? `"${requirement.replaceAll(' ', '')}"` : requirement;
    return `Install it: ${interpreter} -m pip install ${word}`;
  };
  const rule = (pattern: RegExp, requirement: (found: string) => string | null): FailureHint => ({
    pattern,
    code: 'E_MISSING_PACKAGE',
    hint: (line) => {
      const wanted = requirement(pattern.exec(line)?.[1] ?? '');
      return wanted === null
        ? `The installation of ${interpreter} is not whole: install the engine again, or name another with --python.`
        : install(wanted);
    },
  });
  return [
    rule(pipLine, (found) => found),
    rule(noModule, (found) => (ownModules.has(found) ? null : (packageOf[found] ?? found.replaceAll('_', '-')))),
    rule(quantizers, (found) =>
      found
        .toLowerCase()
        .replace(/^auto-awq$/, 'autoawq')
        .replace(/^autogptq$/, 'auto-gptq'),
    ),
  ];
}
