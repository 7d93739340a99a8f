import { darkPalette, lightPalette } from '../palette.ts';
import type { Palette } from '../palette.ts';

/** The look of the page. System fonts, one accent colour, both colour schemes with at least AA contrast, and paper. */
export const styleSheet = `
:root{color-scheme:light dark;${variables(lightPalette)};
--accent-soft:#e6f0f9;--good-soft:#e5f3ea;--bad-soft:#fbeae8;--warn-soft:#fbf2dd;
--run-0:#0b62a8;--run-1:#b4530a;--run-2:#1a7a4c;--run-3:#7a3fa8;--run-4:#b02a5b;--run-5:#57606a;--plot-background:var(--card)}
@media(prefers-color-scheme:dark){:root{${variables(darkPalette)};
--accent-soft:#1b2d3d;--good-soft:#182b20;--bad-soft:#361e1c;--warn-soft:#322914;
--run-0:#7cb8ee;--run-1:#f0a35e;--run-2:#6fcf9a;--run-3:#c39bf0;--run-4:#f28fb1;--run-5:#a3abb3}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:74rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
[hidden]{display:none!important}
.top{display:flex;flex-wrap:wrap;gap:.5rem 1rem;justify-content:space-between;align-items:center}
.tools{display:flex;gap:.5rem}
.tools button{font:inherit;font-size:.82rem;color:var(--soft);background:var(--card);border:1px solid var(--line);border-radius:.45rem;padding:.25rem .7rem;cursor:pointer}
.tools button:hover{color:var(--accent);border-color:var(--accent)}
button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.015em;margin:.35rem 0 .4rem;font-weight:650}
h2{font-size:1.15rem;line-height:1.3;margin:2.75rem 0 .9rem;font-weight:650;letter-spacing:-.005em}
h3{font-size:.95rem;margin:0 0 .15rem;font-weight:600}
p{margin:.4rem 0}
a{color:var(--accent)}
.kicker{display:flex;flex-wrap:wrap;gap:.4rem .7rem;align-items:center;color:var(--soft);font-size:.85rem;margin:0}
.facts{color:var(--soft);margin:0}
.lead{font-size:1.2rem;line-height:1.5;margin:1.4rem 0 1.5rem;max-width:46rem}
.lead strong{font-weight:650;white-space:nowrap}
.badge{display:inline-block;padding:.1rem .55rem;border-radius:1rem;font-size:.78rem;font-weight:600;line-height:1.5;white-space:nowrap}
.good{color:var(--good);background:var(--good-soft)}
.bad{color:var(--bad);background:var(--bad-soft)}
.warn{color:var(--warn);background:var(--warn-soft)}
.calm{color:var(--accent);background:var(--accent-soft)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.6rem;background:var(--card)}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;color:var(--soft);font-size:.85rem;padding:.6rem .9rem 0}
th,td{padding:.55rem .65rem;text-align:right;vertical-align:baseline;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:.8rem;line-height:1.3;vertical-align:bottom}
thead small{display:block;font-weight:400;font-size:.75rem}
tbody th{font-weight:600}
tbody tr:nth-child(even){background:var(--faint)}
td small{color:var(--soft);font-size:.85em}
.percentile{display:block}
.dense{font-size:.8rem}.dense th,.dense td{padding:.5rem .27rem}.dense td small{display:block}.dense thead th{font-size:.75rem}.dense thead small{font-size:.7rem}.dense th:first-child,.dense caption{padding-left:.9rem}
td.main{font-weight:650}
td.main small{font-weight:400}
td.words,th.words{text-align:left;white-space:normal}
td.left,th.left{text-align:left}td.validity{white-space:nowrap}td.outcome{min-width:12rem}
.facts+.scroll{margin-top:.8rem}.scroll+.scroll,header+section>.scroll:first-child{margin-top:1.2rem}
th.metric{min-width:17rem;font-weight:400}th.metric b{font-weight:600}th.metric small,th.metric code{display:block;color:var(--soft);line-height:1.45}
tr.invalid td.number,tr.invalid th{color:var(--bad)}
sup{font-size:.72em;line-height:0;font-weight:600;color:var(--accent);margin-left:.35em}
sup a{text-decoration:none}sup a:hover{text-decoration:underline}dt sup{margin:0 .3em 0 0}
dl.notes{display:grid;grid-template-columns:minmax(5.5rem,max-content) 1fr;gap:.5rem 1.4rem;margin:1.2rem 0 0;font-size:.92rem}
dl.notes dt{color:var(--soft);font-weight:600;max-width:14rem}
dl.notes dd{margin:0;max-width:50rem}
.callouts{list-style:none;margin:0 0 1.2rem;padding:0;display:grid;gap:.5rem}
.callouts li{padding:.6rem .9rem;border-radius:.5rem;font-size:.94rem}
.callouts b{font-weight:650;margin-right:.4rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1rem}
.charts>.wide{grid-column:1/-1}
figure{margin:0;border:1px solid var(--line);border-radius:.6rem;background:var(--card);padding:.9rem .9rem .6rem}
figcaption{font-size:.85rem;color:var(--soft);line-height:1.4;margin-bottom:.4rem}
figcaption b{display:block;color:var(--text);font-size:.95rem;font-weight:600}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin-top:.25rem}
.legend span{display:inline-flex;align-items:center;gap:.4rem}
.legend svg{width:18px;height:10px;flex:none}
.drawing{min-width:0;overflow:hidden}
svg{display:block}
.plot{max-width:100%;height:auto;overflow:visible;font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,"Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums}
.plot text{white-space:pre}
.plot [aria-label$=tick],.plot [aria-label$="tick label"],.plot [aria-label$="axis label"]{fill:var(--soft)}
.plot [aria-label$=grid]{stroke:var(--line);stroke-opacity:1}
.plain{width:100%;height:auto}
.plain text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;font-variant-numeric:tabular-nums;fill:var(--soft)}
.plain .value{fill:var(--text);font-weight:600}
.plain .grid{stroke:var(--line);stroke-width:1}
.plain .axis{stroke:var(--soft);stroke-width:1}
.plain .line{fill:none;stroke:var(--accent);stroke-width:1.75;stroke-linejoin:round}
.plain .whisker{stroke:var(--accent);stroke-width:1.25}
.plain .dot{fill:var(--accent);stroke:var(--card);stroke-width:1.5}
.plain .not-valid{fill:var(--card);stroke:var(--bad);stroke-width:2}
details{border:1px solid var(--line);border-radius:.6rem;background:var(--card);margin:.7rem 0}
details>summary{cursor:pointer;padding:.65rem .9rem;font-weight:600}
details>summary small{font-weight:400;color:var(--soft);margin-left:.4rem}
details>div{padding:0 .9rem .9rem}
details .scroll{border:0;border-top:1px solid var(--line);border-radius:0 0 .6rem .6rem;padding:0}
details table{font-size:.85rem}
details th,details td{padding:.35rem .75rem}
details.numbers{border:0;margin:.2rem 0 0;background:none;font-size:.85rem}
details.numbers>summary{padding:.2rem 0;font-weight:400;color:var(--soft)}
details.numbers .scroll{max-height:16rem;overflow:auto;padding:0}
tr.can-open{cursor:pointer}
tr.can-open:hover{background:var(--accent-soft)}
.row-button{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-decoration:underline;text-decoration-color:var(--line);text-underline-offset:.2em}
tr[data-timeline] .row-button{color:var(--accent)}
td.timeline{white-space:normal;text-align:left;padding:.75rem}
td.timeline figure{position:sticky;left:.75rem}
pre,code{font:.83rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
ul.facts{font-size:.88rem;padding-left:1.2rem;margin:.2rem 0 .8rem}p.facts+.charts{margin-top:.8rem}
@media(max-width:40rem){main{padding:1.4rem 1rem 3rem}h1{font-size:1.5rem}.lead{font-size:1.08rem}
dl.notes{grid-template-columns:1fr;gap:.1rem}dl.notes dd{margin-bottom:.6rem}
th,td{padding:.5rem .65rem}tbody th:first-child,thead th:first-child{position:sticky;left:0;background:var(--card);z-index:1}
tbody tr:nth-child(even) th:first-child{background:var(--faint)}}
@media print{:root{--page:#fff;--card:#fff;--text:#000;--soft:#444;--line:#bbb;--faint:#f5f5f5;--accent:#0b4f8a;--good:#14532d;--bad:#8b1a12;--warn:#5f3f00}
@page{margin:1.5cm}main{max-width:none;padding:0}body{font-size:10.5pt}.scroll{overflow:visible}th,td{padding:.3rem .45rem;white-space:normal}
figure,tr,.callouts li{break-inside:avoid}h2{break-after:avoid}.charts{grid-template-columns:1fr 1fr}.tools,details.numbers{display:none}}
`;

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
}
