/** What help says of one thing. */
export interface TopicPage {
  /** What holds for all entries, in sentences. */
  readonly about: string;
  readonly entries: readonly TopicEntry[];
}

/** A name and what it means, a line of text each. */
export interface TopicEntry {
  readonly name: string;
  readonly lines: readonly string[];
}

/** A topic of help, loaded when it is asked for. Its page comes from the definitions that the program itself works by. */
export interface HelpTopic {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<TopicPage>;
}
