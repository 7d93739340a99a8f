import type { HubFailure } from '../model-hub.ts';

interface Asked {
  readonly name: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly hasToken: boolean;
}

/** What a failed exchange with Hugging Face means, and what to do about it. */
export function explainHuggingFace(failure: HubFailure, asked: Asked): { message: string; hint: string } {
  const { name, revision, endpoint, hasToken } = asked;
  const { status, errorCode } = failure;
  const otherHub = 'or take it from ModelScope with --hub modelscope';
  if (status === null) {
    return {
      message: `Hugging Face can't be reached, ${failure.message}`,
      hint: `check the network, set HF_ENDPOINT to a mirror, give a local folder as --model, ${otherHub}`,
    };
  }
  if (errorCode === 'RevisionNotFound') {
    return {
      message: `${name} has no revision ${revision} on Hugging Face`,
      hint: '--revision takes a branch, a tag or a commit of the model',
    };
  }
  if (errorCode === 'GatedRepo' || status === 403) {
    const access = hasToken
      ? `accept its licence at ${endpoint}/${name} with the account of your HF_TOKEN`
      : `accept its licence at ${endpoint}/${name} and set HF_TOKEN`;
    return {
      message: `${name} on Hugging Face is gated: ${failure.said || `the hub answered ${status}`}`,
      hint: `${access}, ${otherHub}`,
    };
  }
  if (status === 401 && /invalid (credentials|username or password|user access token)/i.test(failure.said)) {
    return {
      message: `Hugging Face refuses the token: ${failure.said}`,
      hint: 'set HF_TOKEN to a valid one, or unset it for models that are open',
    };
  }
  if (status === 401 || status === 404) {
    const whom = hasToken ? 'to the account of this HF_TOKEN' : 'without a token';
    const entry = errorCode === 'EntryNotFound' ? `a file of ${name}` : name;
    return {
      message: `Hugging Face shows no ${entry} ${whom}`,
      hint: `check the spelling; for a private or gated model set HF_TOKEN; ${otherHub}`,
    };
  }
  if (status === 429) {
    return {
      message: `Hugging Face limits the number of requests: ${failure.message}`,
      hint: hasToken
        ? 'try again in some minutes'
        : 'set HF_TOKEN, which raises the limit, or try again in some minutes',
    };
  }
  return { message: failure.message, hint: `try again later, ${otherHub}` };
}
