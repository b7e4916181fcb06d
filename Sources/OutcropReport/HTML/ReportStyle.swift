/// The page's style sheet.
enum ReportStyle {
  static let css = """
    :root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--rule:#e1e5ea;--paper:#ffffff;\
    --panel:#f6f7f9;--blue:#0065a3;--warn:#fff4d6;--warn-ink:#5c4300}
    @media screen and (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a2abb5;\
    --rule:#2c3238;--paper:#14171b;--panel:#1b1f25;--blue:#6cbcf0;--warn:#35290a;\
    --warn-ink:#f3d98b}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,\
    "Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
    main{max-width:1136px;margin:0 auto;padding:30px 28px 72px}
    .eyebrow{color:var(--soft);font-size:.875rem;margin:0 0 8px;max-width:none}
    h1,.headline{font-size:1.55rem;line-height:1.3;font-weight:650;margin:0 0 10px;\
    letter-spacing:-.012em;max-width:40em;text-wrap:balance}
    .headline{font-size:1.25rem}
    h2{font-size:1.4rem;line-height:1.3;margin:60px 0 14px;padding-top:18px;\
    border-top:1px solid var(--rule);letter-spacing:-.008em}
    h3{font-size:1rem;margin:28px 0 6px}
    p{margin:0 0 12px;max-width:72ch}
    .deck,figcaption,.note,small{color:var(--soft)}
    .deck{margin:0 0 12px;max-width:96ch;font-size:.95rem;line-height:1.5}
    .banner{background:var(--warn);color:var(--warn-ink);border-radius:6px;padding:5px 12px;\
    margin:0 0 14px;max-width:none;font-size:.875rem;line-height:1.5}
    .hero{margin:18px 0 0}
    .hero .narrow{display:none}
    .keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(176px,1fr));gap:0 22px;\
    margin:20px 0 0;padding:0}
    .keys>div{border-top:2px solid var(--ink);padding:8px 0 12px;min-width:0}
    .keys dt{font-size:.8125rem;line-height:1.35;color:var(--soft);margin:0 0 4px}
    .keys dd{margin:0;font-size:.8125rem;line-height:1.5;color:var(--soft)}
    .keys b{font-size:1.22rem;line-height:1.35;font-weight:650;color:var(--ink);\
    letter-spacing:-.01em;font-variant-numeric:tabular-nums}
    .keys span{white-space:nowrap}
    .keys .x{margin-top:2px;line-height:1.4}
    .summary{padding:0 0 0 20px;margin:6px 0}
    .summary li{margin:0 0 7px;max-width:78ch}
    .scroll{overflow-x:auto;margin:8px 0 4px}
    table{border-collapse:collapse;font-size:.8125rem;line-height:1.4;min-width:50%;\
    font-variant-numeric:tabular-nums}
    th,td{padding:5px 8px;border-bottom:1px solid var(--rule);text-align:left;\
    vertical-align:top}
    th{font-weight:600;vertical-align:bottom}
    thead th{color:var(--soft);border-bottom-color:var(--soft)}
    .n{text-align:right}
    .t{white-space:nowrap}
    .p{min-width:20em}
    .groups th,.groups td{border:0;padding-bottom:0}
    .g{text-align:right;color:var(--ink)}
    .g.w{text-align:left}
    tr:not(.groups)>:first-child{padding-left:0}
    thead th{font-weight:400}
    .groups .g{font-weight:600}
    .scroll tr>:first-child{position:sticky;left:0;background:var(--paper)}
    .facts tr>:first-child{position:static}
    tr.on td{font-weight:600}
    .facts th{font-weight:400;color:var(--soft);padding-right:20px;vertical-align:top}
    .facts td{overflow-wrap:anywhere}
    figure{margin:16px 0 12px}
    .panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));\
    gap:26px 30px;align-items:start}
    .panel{overflow-x:auto;min-width:0}
    .of{display:block;width:100%;height:auto}
    .of text{pointer-events:none}
    .of .at{stroke:var(--ink);stroke-width:2;stroke-opacity:1}
    .of:focus-visible{outline:2px solid var(--blue);outline-offset:3px;border-radius:3px}
    .of:focus:not(:focus-visible){outline:0}
    .tip{position:fixed;z-index:9;max-width:min(22rem,calc(100vw - 12px));padding:5px 10px;\
    border-radius:6px;background:var(--ink);color:var(--paper);font-size:.8125rem;line-height:1.4;\
    pointer-events:none}
    nav{font-size:.875rem;line-height:2;margin:22px 0 0;display:flex;flex-wrap:wrap;gap:0 20px}
    nav a,summary{color:var(--blue)}
    nav a{text-decoration:none}
    nav a:hover{text-decoration:underline}
    h2.study{font-size:1.5rem;margin-top:72px;padding-top:22px;border-top:3px solid var(--rule)}
    section h3{font-size:1.2rem;margin:44px 0 10px;padding-top:12px;border-top:1px solid var(--rule)}
    section h4{font-size:1rem;margin:28px 0 6px}
    th button{font:inherit;color:inherit;background:none;border:0;padding:0;margin:0;\
    text-align:inherit;cursor:pointer;border-radius:3px}
    th button:hover{text-decoration:underline}
    th button:focus-visible,nav a:focus-visible,summary:focus-visible{outline:2px solid \
    var(--blue);outline-offset:2px}
    th[aria-sort=ascending] button::after{content:" ▲"}
    th[aria-sort=descending] button::after{content:" ▼"}
    figcaption{font-size:.875rem;line-height:1.5;margin-top:12px;max-width:84ch}
    figcaption b{color:var(--ink);font-weight:600}
    details{margin:0;border-top:1px solid var(--rule)}
    details+:not(details){margin-top:14px}
    details[open]{padding-bottom:14px}
    details details{margin:8px 0}
    summary{cursor:pointer;padding:7px 0;font-size:.9375rem}
    summary:hover{text-decoration:underline}
    code,pre{font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",\
    monospace}
    pre{background:var(--panel);border-radius:8px;padding:12px 16px;overflow-x:auto;\
    white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0 16px}
    .note{font-size:.875rem;line-height:1.5}
    @media (max-width:700px){main{padding:18px 16px 48px}h1{font-size:1.2rem;line-height:1.27}\
    .headline{font-size:1.1rem}h2{font-size:1.25rem;margin-top:44px}.eyebrow{margin-bottom:6px}\
    .deck{font-size:.8125rem;line-height:1.45;margin-bottom:8px}\
    .banner{font-size:.8125rem;line-height:1.4;margin-bottom:10px;padding:4px 10px}\
    .hero .wide{display:none}.hero .narrow{display:block}.hero{margin-top:12px}\
    .keys{grid-template-columns:1fr 1fr;gap:0 16px;margin-top:12px}.keys b{font-size:1.15rem}\
    .of text{font-size:14px}.of .h{font-size:15px}.of .q{font-size:13px}.facts th{white-space:normal}}
    @media screen and (min-width:701px) and (max-width:1000px){.hero .wide text{font-size:14.6px}}
    @media print{:root{color-scheme:light;font-size:13px}body{font-size:1rem}main{max-width:none;padding:0}\
    nav,.tip{display:none}h2,h3,h4{break-after:avoid}.panel,tr,.summary,.banner,.keys{break-inside:avoid}\
    .hero .wide{display:block}.hero .narrow{display:none}\
    h2{margin-top:28px}.scroll{overflow:visible}details:not([open]){display:none}\
    pre,.banner{border:1px solid #ccc}table{font-size:8.5pt}th,td{padding:4px 6px}\
    .panels{grid-template-columns:1fr 1fr;gap:14px 18px}}
    """
}
