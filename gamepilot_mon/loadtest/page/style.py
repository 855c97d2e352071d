"""How the page looks, in the light and in the dark."""

STYLE = """
:root{color-scheme:light dark;--back:#fff;--card:#f5f7f9;--line:#d5dae0;--soft:#5b6470;--mark:#0b62ba;--mid:#6f9fce;
--bad:#c4293a;--good:#1a7f37}
@media (prefers-color-scheme:dark){:root{--back:#14171b;--card:#1d2228;--line:#353d47;--soft:#9aa5b1;--mark:#6cb2ff;
--mid:#4a7fb5;--bad:#ff6b78;--good:#46c264}}
body{font:15px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem;background:var(--back)}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}
.answer{font-size:1.15rem;border-left:4px solid var(--mark);padding:.4rem .8rem}
.bad{color:var(--bad)}.good{color:var(--good)}.soft{color:var(--soft)}.wide{overflow-x:auto}
.cards,.charts{display:flex;flex-wrap:wrap;gap:.8rem}
.card{background:var(--card);border-radius:6px;padding:.6rem 1rem;flex:1 1 9rem}
.card b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}.card span{color:var(--soft);font-size:.85rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:right;vertical-align:top}
td{border-top:1px solid var(--line)}
th{font-size:.85rem;color:var(--soft);font-weight:600;vertical-align:bottom}
th:first-child,td:first-child,.word{text-align:left}
.part td{color:var(--soft);border-top:0}.part td:nth-child(2){padding-left:1.6rem}
figure{margin:0;background:var(--card);border-radius:6px;padding:.6rem .8rem}
figcaption{font-size:.85rem;color:var(--soft)}
svg{max-width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}
.level{stroke:var(--line)}.limit{stroke:var(--bad);stroke-dasharray:4 4}
"""
