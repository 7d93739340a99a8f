import { commands } from '../commands.ts';
import { helpTopics } from './topics.ts';

/** What may follow `tokometer help`, and what may follow a topic. */
export async function readHelpWords(): Promise<Record<string, readonly string[]>> {
  const pages = await Promise.all(helpTopics.map(async ({ name, load }) => ({ name, page: await load() })));
  const ofTopics = pages.map(({ name, page }) => [name, page.entries.map((entry) => entry.name)] as const);
  const subjects = [...helpTopics, ...commands].map(({ name }) => name).filter((name) => name !== 'help');
  return { help: subjects, ...Object.fromEntries(ofTopics) };
}
