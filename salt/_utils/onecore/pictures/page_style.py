"""The style of a page of sheets: light or dark, by the setting of the system or of the reader."""

from __future__ import annotations

_LIGHT = """
--ground:#f6f7f9;--sheet:#fff;--ink:#1c2430;--quiet:#586373;--line:#e3e7ec;--over:#f1f4f8;--chosen:#e4eefc;
--accent:#1f5fbf;--on-accent:#fff;--good:#1d8a4a;--bad:#b42323;--busy:#8f5800;--off:#8d97a5;--meter:#c9d3df;
--warn:#fff5df;--warn-line:#ecd9a8;--shade:0 1px 2px rgba(20,30,50,.06),0 4px 16px rgba(20,30,50,.05)
""".replace("\n", "")
_DARK = """
--ground:#12151a;--sheet:#191d24;--ink:#e4e8ee;--quiet:#98a3b3;--line:#2a303a;--over:#20252e;--chosen:#223350;
--accent:#7fb0f5;--on-accent:#10151c;--good:#52c27e;--bad:#f07c7c;--busy:#e0ad55;--off:#77818f;--meter:#39424f;
--warn:#2b2517;--warn-line:#4d4122;--shade:0 1px 2px rgba(0,0,0,.3)
""".replace("\n", "")

STYLE = (
    f":root{{color-scheme:light;{_LIGHT}}}\n"
    f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{_DARK}}}}}\n"
    f":root[data-theme=dark]{{color-scheme:dark;{_DARK}}}\n"
    + """
*{box-sizing:border-box}
html,body{height:100%;margin:0}
body{display:flex;flex-direction:column;background:var(--ground);color:var(--ink);
font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
button,input{font:inherit;color:inherit}
button{cursor:pointer;background:none;border:0;padding:0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
header{display:flex;gap:16px;align-items:center;padding:14px 24px 10px;flex-wrap:wrap}
h1{font-size:17px;font-weight:650;margin:0;letter-spacing:-.01em}
.about{margin:0;color:var(--quiet);font-size:13px}
.about.old{color:var(--busy);font-weight:600}
.heading{flex:1 1 220px;min-width:0}
.search{position:relative;flex:0 1 420px;min-width:220px}
.search input{width:100%;height:36px;padding:0 40px 0 14px;border:1px solid var(--line);border-radius:10px;
background:var(--sheet);box-shadow:var(--shade)}
.search input::placeholder{color:var(--quiet)}
.search input::-webkit-search-cancel-button{display:none}
kbd{font:600 11px/1 ui-monospace,Menlo,Consolas,monospace;border:1px solid var(--line);border-radius:5px;
padding:3px 6px;color:var(--quiet);background:var(--over)}
.search kbd{position:absolute;right:10px;top:8px;pointer-events:none}
.tool{height:36px;min-width:36px;padding:0 10px;border-radius:10px;color:var(--quiet)}
.tool:hover,.tab:hover{background:var(--over);color:var(--ink)}
.notice{margin:0 24px 10px;padding:8px 14px;border-radius:10px;background:var(--warn);
border:1px solid var(--warn-line);overflow-wrap:anywhere}
[role=tablist]{display:flex;gap:2px;padding:0 20px;overflow-x:auto;scrollbar-width:none;flex:none}
.tab{padding:8px 12px 10px;border-radius:10px 10px 0 0;color:var(--quiet);white-space:nowrap;
border-bottom:2px solid transparent}
.tab[aria-selected=true]{color:var(--ink);font-weight:600;border-bottom-color:var(--accent)}
.tab:focus-visible{outline-offset:-2px}
.count{margin-left:6px;font-weight:400;font-size:12px;color:var(--quiet);font-variant-numeric:tabular-nums}
.alarm{margin-left:6px;padding:1px 7px;border-radius:99px;font-size:11.5px;font-weight:600;color:var(--bad);
background:color-mix(in srgb,var(--bad) 13%,transparent);font-variant-numeric:tabular-nums}
.tab.none:not([aria-selected=true]){opacity:.55}
main{flex:1;min-height:0;display:flex;gap:14px;padding:0 24px 20px;border-top:1px solid var(--line)}
section{flex:1;min-width:0;display:flex;flex-direction:column}
.bar{display:flex;align-items:center;gap:8px;min-height:48px;flex:none}
.facets{display:flex;gap:6px;flex:1;min-width:0;overflow-x:auto;scrollbar-width:none;padding:4px 2px}
.facet{padding:3px 11px;border:1px solid var(--line);border-radius:99px;white-space:nowrap;font-size:13px;
background:var(--sheet)}
.facet:hover{border-color:var(--quiet)}
.facet[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.facet[aria-pressed=true] .count{color:inherit}
.facet[aria-pressed=true] .dot{background:currentColor}
.told{color:var(--quiet);font-size:13px;white-space:nowrap;font-variant-numeric:tabular-nums}
.frame{flex:1;min-height:0;position:relative;background:var(--sheet);border:1px solid var(--line);
border-radius:12px;box-shadow:var(--shade);overflow:hidden}
#grid{position:absolute;inset:0;overflow:auto;overscroll-behavior:contain;contain:strict;scrollbar-width:thin;
scrollbar-color:var(--meter) transparent}
#table:focus{outline:none}
table{border-collapse:separate;border-spacing:0;table-layout:fixed;width:100%}
th{position:sticky;top:0;z-index:1;background:var(--sheet);text-align:left;padding:0;
border-bottom:1px solid var(--line)}
th button{width:100%;height:38px;padding:0 14px;text-align:inherit;color:var(--quiet);font-size:12.5px;
font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
th button:hover{color:var(--ink)}
th button:focus-visible{outline-offset:-3px}
th[aria-sort] button{color:var(--ink)}
th[aria-sort=ascending] button::after{content:" \\2191";color:var(--accent)}
th[aria-sort=descending] button::after{content:" \\2193";color:var(--accent)}
td{height:35px;padding:0 14px;border-bottom:1px solid var(--line);white-space:nowrap;overflow:hidden;
text-overflow:ellipsis}
tr.space td{height:auto;padding:0;border:0}
tbody tr:not(.space){cursor:default}
tbody tr:not(.space):hover td{background:var(--over)}
#table:focus tr[aria-selected=true] td,.open tr[aria-selected=true] td{background:var(--chosen)}
#table:focus-visible tr[aria-selected=true] td:first-child{box-shadow:inset 3px 0 var(--accent)}
td:first-child,th:first-child{position:sticky;left:0;z-index:1;background:var(--sheet)}
td:first-child{font-weight:550}
th:first-child{z-index:2}
.number{text-align:right;font-variant-numeric:tabular-nums}
.nothing{color:var(--off)}
.dot{display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:8px;background:var(--off);
vertical-align:1px}
.dot.good{background:var(--good)}.dot.bad{background:var(--bad)}.dot.busy{background:var(--busy)}
.state.bad{color:var(--bad)}
.meter{display:inline-block;width:56px;height:6px;border-radius:3px;background:var(--meter);margin-right:10px;
vertical-align:1px;overflow:hidden}
.meter i{display:block;height:100%;background:var(--accent);border-radius:3px}
.meter.full i{background:var(--bad)}
.empty{position:absolute;inset:60px 24px auto;text-align:center;color:var(--quiet)}
.link{color:var(--accent);text-align:left;overflow-wrap:anywhere}
.link:hover{text-decoration:underline}
aside{flex:0 0 320px;align-self:flex-start;max-height:calc(100% - 48px);margin-top:48px;overflow:auto;
background:var(--sheet);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shade);padding:16px 18px}
.top{display:flex;align-items:center;gap:8px;margin:-6px -8px 6px 0}
h2{font-size:15px;margin:0;flex:1;overflow-wrap:anywhere}
dl{margin:0;display:grid;grid-template-columns:minmax(80px,auto) 1fr;gap:7px 14px}
dt{color:var(--quiet);font-size:13px}
dd{margin:0;overflow-wrap:anywhere}
dialog{border:1px solid var(--line);border-radius:14px;background:var(--sheet);color:var(--ink);padding:22px 26px;
max-width:520px;box-shadow:0 12px 48px rgba(0,0,0,.25)}
dialog::backdrop{background:rgba(10,14,20,.35)}
dialog dl{margin:10px 0 18px;grid-template-columns:auto 1fr;align-items:baseline}
dialog dt{white-space:nowrap}
code{font:12.5px ui-monospace,Menlo,Consolas,monospace}
noscript{display:block;padding:24px}
@media (max-width:760px){
header{padding:12px 14px 8px;gap:8px}
.heading{flex-basis:55%}.search{order:3;flex:1 1 100%}
[role=tablist]{padding:0 8px}.notice{margin:0 14px 8px}
main{padding:0 14px 14px}
td,th button{padding:0 10px}.meter{display:none}
aside{position:fixed;left:8px;right:8px;bottom:8px;max-height:55%;margin:0;z-index:2;
box-shadow:0 -4px 40px rgba(0,0,0,.28)}
}
@media print{
html,body{height:auto}body{display:block;background:#fff}
.search,.tool,aside,[role=tablist],.facets{display:none}
main{display:block;padding:0;border:0}.frame,#grid{position:static;contain:none;overflow:visible;border:0;box-shadow:none}
td{white-space:normal}
}
"""
)
