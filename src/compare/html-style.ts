const LIGHT = '--ink:#1a1a1a;--quiet:#555;--page:#fff;--head:#f0f0f0;--line:#ccc;--come:#1b5e20;--gone:#a31515;--other:#7a4b00;--equal:#e8f5e9;--noise:#fff8e1;--differs:#fdecea;--link:#0b57a4';
const DARK = '--ink:#e6e6e6;--quiet:#a8a8a8;--page:#161616;--head:#262626;--line:#444;--come:#81c784;--gone:#ff8a80;--other:#ffcc80;--equal:#15301a;--noise:#33290f;--differs:#3b1b1a;--link:#8ab4f8';

/** Of the report. Narrow screens get a table's rows as blocks, paper gets what is folded too; a name that is written from right to left turns nothing around it. */
export const STYLE = [
  `:root{color-scheme:light dark;${LIGHT}}@media(prefers-color-scheme:dark){:root{${DARK}}}@media print{:root{${LIGHT}}}`,
  'body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:1.5rem auto;padding:0 1rem;color:var(--ink);background:var(--page)}a{color:var(--link)}',
  'h1{font-size:1.35rem;margin:0 0 .75rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:1.5rem 0 .4rem}.quiet,h2 span{color:var(--quiet);font-weight:400}p{margin:.4rem 0;overflow-wrap:anywhere}nav a{margin-right:1rem;white-space:nowrap}',
  '.verdict{font-weight:600;padding:.6rem .8rem;border-left:.35rem solid}.equal{background:var(--equal);border-color:var(--come)}.noise{background:var(--noise);border-color:var(--other)}.differs{background:var(--differs);border-color:var(--gone)}',
  'table{border-collapse:collapse;width:100%}th,td{border:1px solid var(--line);padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere;unicode-bidi:isolate}th{background:var(--head);white-space:nowrap}td:first-child{min-width:8rem}',
  'summary{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere;cursor:pointer;padding:.1rem 0}summary b,summary span,div{unicode-bidi:isolate}summary b{font-weight:600}.come{color:var(--come)}.gone{color:var(--gone)}.other{color:var(--other)}',
  'details>div{margin:0 0 .75rem 1.25rem;overflow-wrap:anywhere;font-size:14px}',
  '@media(max-width:40rem){thead{display:none}tr{display:block;border:1px solid var(--line);padding:.2rem .4rem;margin-bottom:.4rem}td{display:block;border:0;padding:0}td:empty{display:none}td[title]::before{content:attr(title)": ";color:var(--quiet)}}',
  '@media print{body{margin:0;max-width:none}nav{display:none}details::details-content{content-visibility:visible;display:block}tr,summary{break-inside:avoid}}',
].join('');
