// A headless Chromium, steered through the DevTools protocol over a pipe: no port, and no network for the page.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
];

/** Starts a browser; null where there is none. */
export async function openBrowser() {
  for (const name of names) {
    const browser = new Browser(name);
    try {
      await browser.send('Browser.getVersion');
      return browser;
    } catch {
      await browser.close();
    }
  }
  return null;
}

class Browser {
  #profile = mkdtempSync(join(tmpdir(), 'tokometer-browser-'));
  #child;
  #waiting = new Map();
  #listeners = [];
  #next = 1;
  #rest = '';

  constructor(name) {
    this.#child = spawn(name, [...flags, `--user-data-dir=${this.#profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => {
      const end = () => {
        for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended`));
        this.#waiting.clear();
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('exit', end);
    });
    this.#child.stdio[3].on('error', () => {});
    this.#child.stdio[4].setEncoding('utf8').on('data', (text) => this.#read(text));
  }

  #read(text) {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      const waiting = this.#waiting.get(message.id);
      if (waiting === undefined) for (const listen of this.#listeners) listen(message);
      else {
        this.#waiting.delete(message.id);
        if (message.error === undefined) waiting.resolve(message.result);
        else waiting.reject(new Error(message.error.message));
      }
    }
  }

  send(method, params = {}, sessionId) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Opens a page of this machine; `width` in CSS pixels, `scheme` is `light` or `dark`. Resolves when it is loaded. */
  async open(url, { width = 1200, height = 900, scheme = 'light' } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    await page.start({ width, height, scheme });
    await page.go(url);
    return page;
  }

  async close() {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      this.send('Browser.close').catch(() => {});
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
      await this.ended;
      clearTimeout(timer);
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }
}

class Page {
  /** What the page, or the browser about it, wrote to the console: errors, warnings, refused loads. */
  messages = [];
  /** Addresses that were asked for, beside the page itself. */
  requests = [];
  #browser;
  #sessionId;
  #targetId;
  #loaded = null;

  constructor(browser, sessionId, targetId) {
    this.#browser = browser;
    this.#sessionId = sessionId;
    this.#targetId = targetId;
    browser.listen((message) => {
      if (message.sessionId === sessionId) this.#hear(message);
    });
  }

  #hear({ method, params }) {
    if (method === 'Page.loadEventFired') this.#loaded?.();
    if (method === 'Runtime.consoleAPICalled') this.messages.push(params.args.map((one) => one.value).join(' '));
    if (method === 'Runtime.exceptionThrown') this.messages.push(params.exceptionDetails.exception?.description ?? '');
    if (method === 'Log.entryAdded') this.messages.push(params.entry.text);
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
  }

  send(method, params = {}) {
    return this.#browser.send(method, params, this.#sessionId);
  }

  async start({ width, height, scheme }) {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
    await this.send('Network.emulateNetworkConditions', {
      offline: true,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    await this.resize(width, height);
    await this.theme(scheme);
  }

  resize(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  theme(scheme) {
    return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  }

  scripts(isOn) {
    return this.send('Emulation.setScriptExecutionDisabled', { value: !isOn });
  }

  async go(url) {
    const loaded = new Promise((resolve) => {
      this.#loaded = resolve;
    });
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression in the page; a promise is awaited. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? 'script failed');
    return result.value;
  }

  /** A list of texts. */
  async texts(expression) {
    return (await this.evaluate(expression)).map(String);
  }

  press(key) {
    const event = {
      key,
      code: key,
      windowsVirtualKeyCode: key === 'Enter' ? 13 : 0,
      text: key === 'Enter' ? '\r' : '',
    };
    return this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event }).then(() =>
      this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event }),
    );
  }

  /** Writes what is seen, or the whole page, as PNG. */
  async screenshot(file, { isWhole = false } = {}) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: isWhole });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }

  async close() {
    await this.#browser.send('Target.closeTarget', { targetId: this.#targetId });
  }
}
