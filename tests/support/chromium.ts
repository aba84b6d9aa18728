import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

interface Message { id?: number; method?: string; params?: Record<string, unknown>; sessionId?: string; result?: Record<string, unknown>; error?: { message: string } }

/** Nothing listens on port 9, and no name is resolved: whatever a page asks for, no answer comes, and the request is on record. */
const OFFLINE = ['--proxy-server=127.0.0.1:9', '--host-resolver-rules=MAP * ~NOTFOUND', '--disable-background-networking', '--disable-component-update', '--no-first-run'];
/** Root may not use its sandbox; a container's /dev/shm is too small. */
const FLAGS = [...OFFLINE, '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--force-color-profile=srgb', '--remote-debugging-pipe'];

/** Debian's Chromium without a window, told what to do over a pipe: https://chromedevtools.github.io/devtools-protocol/. */
export class Chromium {
  readonly #child;
  readonly #profile: string;
  readonly #to: Writable;
  readonly #waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(message: Message) => void>();
  #lastId = 0;

  private constructor(profile: string) {
    this.#profile = profile;
    this.#child = spawn('chromium-headless-shell', [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const pipes = this.#child.stdio as unknown as [null, null, null, Writable, Readable];
    this.#to = pipes[3];
    let rest = Buffer.alloc(0);
    pipes[4].on('data', (piece: Buffer) => {
      rest = Buffer.concat([rest, piece]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.#take(JSON.parse(rest.subarray(0, end).toString('utf8')) as Message);
        rest = rest.subarray(end + 1);
      }
    });
    const gone = (): void => { for (const { reject } of this.#waiting.values()) reject(new TypeError('chromium-headless-shell ended')); };
    this.#child.on('error', gone);
    this.#child.on('exit', gone);
    this.#to.on('error', gone);
  }

  static async open(): Promise<Chromium> {
    return new Chromium(await mkdtemp(join(tmpdir(), 'chromium-')));
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => { if (this.#child.exitCode === null) this.#child.once('exit', () => { resolve(); }); else resolve(); });
    // Its own children end with it only when it is asked.
    await Promise.race([this.send('Browser.close').catch(() => ({})), ended]);
    await ended;
    this.#to.destroy();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #take(message: Message): void {
    if (message.id === undefined) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.result ?? {});
    else waiting?.reject(new TypeError(message.error.message));
  }

  send(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#to.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    });
  }

  listen(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** A tab of its own with the file in it, loaded. */
  async page(file: string, screen: Screen): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    await page.load(file, screen);
    return page;
  }
}

interface Screen { width: number; height: number; scheme: 'light' | 'dark' }

export class Page {
  /** Every address that was asked for, the page's own among them. */
  readonly requests: string[] = [];
  /** What the console was told: errors of scripts, of the policy, of loading. */
  readonly complaints: string[] = [];
  readonly #browser: Chromium;
  readonly #session: string;

  constructor(browser: Chromium, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  #send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#browser.send(method, params, this.#session);
  }

  async load(file: string, { width, height, scheme }: Screen): Promise<void> {
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await this.#send(`${domain}.enable`);
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const loaded = new Promise<void>((resolve) => {
      this.#browser.listen(({ method, params, sessionId }) => {
        if (sessionId !== this.#session) return;
        if (method === 'Network.requestWillBeSent') this.requests.push((params as { request: { url: string } }).request.url);
        if (method === 'Log.entryAdded') this.complaints.push((params as { entry: { text: string } }).entry.text);
        if (method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params));
        if (method === 'Page.loadEventFired') resolve();
      });
    });
    await this.#send('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
  }

  /** As the page itself would see it: the value of an expression, as JSON. */
  async ask<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new TypeError(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** With the mouse, in the middle of what the selector finds first. */
  async click(selector: string): Promise<void> {
    const { x, y } = await this.ask<{ x: number; y: number }>(`(() => { const at = document.querySelector(${JSON.stringify(selector)}); at.scrollIntoView(); const { left, top, width, height } = at.getBoundingClientRect(); return { x: left + Math.min(width / 2, 40), y: top + height / 2 }; })()`);
    for (const type of ['mousePressed', 'mouseReleased']) await this.#send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
  }

  /** By somebody whose screen is dark. */
  async onPaper(): Promise<void> {
    await this.#send('Emulation.setEmulatedMedia', { media: 'print', features: [{ name: 'prefers-color-scheme', value: 'dark' }] });
    await this.ask('new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve); }); })');
  }

  async pdf(): Promise<Buffer> {
    return Buffer.from((await this.#send('Page.printToPDF', {}))['data'] as string, 'base64');
  }

  async screenshot(whole = false): Promise<Buffer> {
    return Buffer.from((await this.#send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole }))['data'] as string, 'base64');
  }
}
