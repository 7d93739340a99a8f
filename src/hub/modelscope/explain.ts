import type { HubFailure } from '../model-hub.ts';

interface Asked {
  readonly name: string;
  readonly revision: string;
  readonly hasToken: boolean;
}

/** What a failed exchange with ModelScope means, and what to do about it. */
export function explainModelScope(failure: HubFailure, asked: Asked): { message: string; hint: string } {
  const { name, revision, hasToken } = asked;
  const { status, said } = failure;
  const otherHub = 'or take it from Hugging Face with --hub huggingface';
  const quoted = said === '' ? '' : `: ${said}`;
  if (status === null) {
    return {
      message: `ModelScope can't be reached, ${failure.message}`,
      hint: `check the network, set MODELSCOPE_ENDPOINT, give a local folder as --model, ${otherHub}`,
    };
  }
  if (status === 401 || status === 403) {
    return {
      message: `ModelScope gives ${name} to no one ${hasToken ? 'with this token' : 'without a login'}${quoted}`,
      hint: hasToken
        ? `ask for access on the model's page with the account of your MODELSCOPE_API_TOKEN, ${otherHub}`
        : `ask for access on the model's page and set MODELSCOPE_API_TOKEN, ${otherHub}`,
    };
  }
  if (status === 404) {
    return {
      message: `ModelScope has no model ${name} with revision ${revision}${quoted}`,
      hint: `check the spelling and --revision; a private model needs MODELSCOPE_API_TOKEN; ${otherHub}`,
    };
  }
  if (status === 429) {
    return {
      message: `ModelScope limits the number of requests: ${failure.message}`,
      hint: `try again in some minutes, ${otherHub}`,
    };
  }
  return { message: failure.message, hint: `try again later, ${otherHub}` };
}
