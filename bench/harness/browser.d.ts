/** A page in a headless Chromium that is off the network. */
export interface Page {
  /** What was written to the console, refused loads among it. */
  readonly messages: readonly string[];
  /** Addresses that were asked for, the page's own first. */
  readonly requests: readonly string[];
  evaluate(expression: string): Promise<unknown>;
  texts(expression: string): Promise<string[]>;
  resize(width: number, height: number): Promise<void>;
  theme(scheme: 'light' | 'dark'): Promise<void>;
  scripts(isOn: boolean): Promise<void>;
  go(url: string): Promise<void>;
  press(key: string): Promise<void>;
  screenshot(file: string, options?: { isWhole?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface Browser {
  open(url: string, options?: { width?: number; height?: number; scheme?: 'light' | 'dark' }): Promise<Page>;
  close(): Promise<void>;
}

export function openBrowser(): Promise<Browser | null>;
