/** The page around the pictures; colours are those of pictureStyle. Below 64 em rows of tables become blocks. */
export const pageStyle = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:1rem clamp(1rem,3vw,2.5rem) 3rem;max-width:96rem;font:16px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.4rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:3px solid var(--line)}
h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
p{max-width:48rem}
header p,footer p,figcaption,caption{color:var(--quiet)}
footer{margin-top:3rem;border-top:1px solid var(--line);font-size:.875rem}
a{color:var(--link)}
a:focus-visible,.scroll:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-100vw}
.skip:focus{position:static}
code{font:.8125rem/1.5 ui-monospace,"DejaVu Sans Mono","Liberation Mono",Menlo,Consolas,monospace}
dl{display:grid;gap:.15rem;margin:0}
dl div{display:grid;grid-template-columns:11rem 1fr}
dt{color:var(--quiet)}
dd{margin:0}
table{width:100%;border-collapse:collapse;margin:.75rem 0 1.5rem;font-size:.9375rem}
caption{text-align:left;padding-bottom:.35rem;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);overflow-wrap:normal}
td>span,th code{overflow-wrap:anywhere}
thead th{font-size:.8125rem;color:var(--quiet);border-bottom-width:2px}
tbody th{font-weight:normal}
th code{font-weight:bold}
.least6{min-width:6em}.least9{min-width:9em}.least14{min-width:14em}
.whole{white-space:nowrap}
.ready{color:var(--good)}.bindable{color:var(--go)}.refused,.refuse{color:var(--bad)}.unknown,.warn{color:var(--doubt)}.note{color:var(--quiet)}
strong.ready,strong.bindable,strong.refused,strong.unknown,strong.refuse,strong.warn,strong.note{white-space:nowrap}
ins{text-decoration:underline;color:var(--good)}
del{color:var(--bad)}
figure{margin:0}
.scroll{overflow-x:auto;max-width:100%;border:1px solid var(--line);border-radius:6px;padding:.5rem;background:var(--paper)}
.picture{display:block}
figcaption{font-size:.875rem;max-width:60rem;margin-top:.5rem}
summary{cursor:pointer}
.unread{border-left:4px solid var(--bad);padding-left:.75rem}
@media (max-width:64rem){
body{padding-left:.75rem;padding-right:.75rem}
dl div{grid-template-columns:1fr;margin-bottom:.35rem}
table,tbody,tr,th,td,caption{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr{border:1px solid var(--line);border-radius:6px;padding:.35rem .75rem;margin-bottom:.6rem}
tbody th,tbody td{min-width:0;border:0;padding:.15rem 0;overflow-wrap:anywhere}
tbody th{font-weight:bold}
tbody td{display:grid;grid-template-columns:7.5rem 1fr;gap:.5rem}
tbody td::before{content:attr(data-label);color:var(--quiet);font-size:.8125rem}
}
@media print{
body{max-width:none;padding:0;font-size:10pt}
.scroll{border:0;overflow:visible}
.picture{max-width:100%;height:auto}
details::details-content{content-visibility:visible;display:block;height:auto}
tr,figure{break-inside:avoid}
nav,.skip{display:none}
}
`;
