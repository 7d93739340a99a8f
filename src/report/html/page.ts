import { createHash } from 'node:crypto';
import type { PageData } from '../../contract/report-details.ts';
import { markup, trusted } from './markup.ts';
import type { Markup } from './markup.ts';
import { pageJson } from './page-data.ts';
import { pageScript } from './page-script.ts';
import { styleSheet } from './style-sheet.ts';

const styleHash = createHash('sha256').update(styleSheet).digest('base64');

/** A page around its content: one file with its style, its data and its script, and a policy that allows nothing else. */
export function pageAround(title: string, content: Markup, data: PageData): string {
  const script = pageScript();
  const policy =
    `default-src 'none'; style-src 'sha256-${styleHash}'; script-src 'sha256-${script.hash}'; ` +
    `base-uri 'none'; form-action 'none'`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
${content}</main>
${scriptElement(' type="application/json" id="data"', pageJson(data))}
${scriptElement('', script.text)}
</body>
</html>
`;
  return page.html;
}

/** Buttons that only a script can serve. */
export const tools = markup`<div class="tools" hidden><button type="button" id="save">Save data (JSON)</button><button type="button" id="language" lang="zh-CN">中文</button></div>
`;

// Both texts have been made safe to stand here.
function scriptElement(attributes: string, text: string): Markup {
  return trusted(`<script${attributes}>${text}</script>`);
}
