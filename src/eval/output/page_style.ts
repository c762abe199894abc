/** @file The page's style sheet: light, dark and printed; every text at 4.5:1 or more on its ground. */

import { palette } from "./model_keys.ts";

const modelColours = palette.map((colour, place) => `.m${place + 1}{--model:${colour}}`).join("\n");

export const pageStyle = `
:root{--paper:#fff;--ink:#1b1d20;--muted:#555a61;--line:#cdd1d6;--soft:#f3f5f7;--heat:#56b4e9;--link:#0057a3;--warn:#8a3b00}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#e9ebee;--muted:#a9afb8;--line:#3d434c;--soft:#1e2227;--heat:#0b5a8c;--link:#7cc4f5;--warn:#ffb27a}}
*{box-sizing:border-box}
html{color-scheme:light dark;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC",sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{max-width:1080px;margin:0 auto;padding:1.5rem}
h1{font-size:1.7rem;margin:0 0 .5rem}
h2{font-size:1.3rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:2px solid var(--ink)}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}
h4{font-size:.95rem;margin:0;overflow-wrap:anywhere}
a{color:var(--link)}
.notice{border-left:4px solid var(--warn);background:var(--soft);padding:.6rem .9rem;font-weight:600}
nav ul,.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.5rem 0}
.legend{font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.35rem}
.scroll{overflow-x:auto;margin:.75rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.88rem}
caption{text-align:left;color:var(--muted);padding:.2rem 0;font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:.22rem .9rem .22rem 0;font-weight:400}
thead th{border-bottom:1px solid var(--ink);font-weight:600;vertical-align:bottom}
tbody{border-bottom:1px solid var(--line)}
th[scope=rowgroup]{font-weight:600}
.seen .value{font-weight:700}
.value+span{white-space:nowrap}
.control,.control th[scope=row]{color:var(--muted)}
.control th[scope=rowgroup]{color:var(--ink)}
.gap{color:var(--ink);white-space:nowrap}
sup{line-height:0}
small{color:var(--muted);font-size:.85em}
small strong{color:var(--warn)}
.facts td,.facts th{overflow-wrap:anywhere;min-width:8rem}
.key{display:inline-block;min-width:1.4em;text-align:center;border:1px solid var(--ink);border-bottom:4px solid var(--model);border-radius:2px;line-height:1.25;font-weight:600}
figure{margin:1.5rem 0;break-inside:avoid}
figcaption{font-size:.88rem;margin-bottom:.35rem}
.grid-of{display:flex;flex-wrap:wrap;gap:1rem 1.75rem;align-items:flex-end}
.grid-of .scroll{margin:0;max-width:100%}
.grid-of figure{margin:0;max-width:16rem}
svg{max-width:100%;height:auto;overflow:visible}
.legend svg{flex:none}
svg text{fill:var(--ink);font-size:12px}
svg .tick{fill:var(--muted);font-size:11px}
svg .label{font-weight:600}
svg .inside{font-size:10.5px}
.grid{stroke:var(--line);stroke-width:1}
.zero{stroke:var(--ink);stroke-width:1}
.bar{fill:var(--model);stroke:var(--ink);stroke-width:.6}
.whisker{stroke:var(--ink);stroke-width:1.2;fill:none}
.mark{stroke:var(--ink);stroke-width:1.1;fill:none}
.majority{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:4 3}
.perfect{stroke:var(--muted);stroke-width:1;stroke-dasharray:4 3}
.curve{stroke:var(--model);stroke-width:1.6;fill:none}
.point{fill:var(--model);stroke:var(--ink);stroke-width:.8}
.count{fill:var(--muted)}
.share{fill:var(--heat);stroke:var(--line);stroke-width:.5}
.confusion th,.confusion td{padding:.3rem .6rem;border:1px solid var(--line)}
.confusion td{text-align:right}
.confusion small{display:block;color:var(--ink)}
.heat{background:color-mix(in srgb,var(--heat) var(--share),var(--paper))}
.confusion .right{outline:2px solid var(--ink);outline-offset:-2px}
.case{border:1px solid var(--line);border-radius:4px;padding:.75rem 1rem;margin:.75rem 0;break-inside:avoid}
.case>p{margin:.1rem 0 .5rem;color:var(--muted);font-size:.88rem}
.case dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.5rem 1.25rem;margin:.5rem 0 0}
dt{font-weight:600;font-size:.85rem}
dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.pictures{display:flex;flex-wrap:wrap;gap:.5rem}
.pictures img{max-width:16rem;max-height:14rem;border:1px solid var(--line)}
.missing{color:var(--warn);margin:0}
mark{color:inherit;background:var(--soft)}
mark.lacking{text-decoration:underline dashed 1.5px}
mark.added{font-weight:700;text-decoration:underline double 1px}
code{font-size:.85rem;overflow-wrap:anywhere}
${modelColours}
details{margin:.6rem 0}
summary{cursor:pointer;font-weight:600}
@media print{details::details-content{content-visibility:visible;block-size:auto}@page{margin:14mm}html{font-size:12px}body{max-width:none;padding:0}nav{display:none}.scroll{overflow:visible}h2,h3,caption{break-after:avoid}tbody{break-inside:avoid}}
`;
