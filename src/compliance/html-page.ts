import { escapedHtml, plainLine } from './plain-text.ts';

const STYLE = 'body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem;overflow-wrap:anywhere}'
  + 'table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f0f0f0}'
  + '.violated{background:#fdd}.review{background:#ffd}';

/** A page that needs nothing beside it: no script, and nothing is loaded, whatever stands in it. `body` is HTML. */
export function* htmlPage(title: string, body: Iterable<string>): Generator<string> {
  yield `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n`
    + `<meta name="viewport" content="width=device-width">\n<title>${html(title)}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<h1>${html(title)}</h1>\n`;
  yield* body;
  yield '</body>\n</html>\n';
}

/** One line of foreign text as HTML. */
export function html(text: string): string {
  return escapedHtml(plainLine(text));
}

export function htmlTable(head: readonly string[], rows: Iterable<{ cells: readonly string[]; className?: string }>): string {
  const body = [...rows].map(({ cells, className }) => `<tr${className === undefined ? '' : ` class="${className}"`}>${cells.map((cell) => `<td>${html(cell)}</td>`).join('')}</tr>\n`);
  return `<table>\n<thead><tr>${head.map((cell) => `<th>${html(cell)}</th>`).join('')}</tr></thead>\n<tbody>\n${body.join('')}</tbody>\n</table>\n`;
}
