/// The page's style sheet.
enum ReportStyle {
  static let css = """
    :root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--rule:#e1e5ea;--paper:#ffffff;\
    --panel:#f6f7f9;--blue:#0065a3;--warn:#fff4d6;--warn-ink:#5c4300;--warn-rule:#e8c55c}
    @media screen and (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a2abb5;\
    --rule:#2c3238;--paper:#14171b;--panel:#1b1f25;--blue:#6cbcf0;--warn:#35290a;\
    --warn-ink:#f3d98b;--warn-rule:#6d5516}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,\
    "Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
    main{max-width:1120px;margin:0 auto;padding:40px 20px 72px}
    h1{font-size:1.75rem;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
    h2{font-size:1.25rem;line-height:1.3;margin:52px 0 10px;padding-top:14px;\
    border-top:1px solid var(--rule)}
    h3{font-size:1rem;margin:28px 0 6px}
    p{margin:0 0 12px;max-width:72ch}
    .lead,figcaption,.note,small{color:var(--soft)}
    .lead{margin-bottom:20px}
    .banner{background:var(--warn);color:var(--warn-ink);border:1px solid var(--warn-rule);\
    border-radius:8px;padding:10px 16px;margin:0 0 20px;max-width:none}
    .summary{background:var(--panel);border-radius:10px;padding:16px 20px 16px 38px;margin:0}
    .summary li{margin:0 0 7px;max-width:78ch}
    .summary li:last-child{margin:0}
    .scroll{overflow-x:auto;margin:8px 0 4px}
    table{border-collapse:collapse;font-size:.875rem;line-height:1.4;min-width:50%;\
    font-variant-numeric:tabular-nums}
    th,td{padding:5px 10px;border-bottom:1px solid var(--rule);text-align:left;\
    vertical-align:top}
    th{font-weight:600;vertical-align:bottom}
    thead th{color:var(--soft);border-bottom-color:var(--soft)}
    .n{text-align:right;white-space:nowrap}
    .t{white-space:nowrap}
    .p{min-width:20em}
    .groups th,.groups td{border:0;padding-bottom:0}
    .g{text-align:right;white-space:nowrap;color:var(--ink)}
    .g.w{text-align:left}
    tr:not(.groups)>:first-child{padding-left:0}
    thead th{font-weight:400}
    .groups .g{font-weight:600}
    .scroll tr>:first-child{position:sticky;left:0;background:var(--paper)}
    .facts tr>:first-child{position:static}
    tr.on td{font-weight:600}
    .facts th{font-weight:400;color:var(--soft);white-space:nowrap;padding-right:20px;\
    vertical-align:top}
    .facts td{overflow-wrap:anywhere}
    figure{margin:20px 0 8px}
    .panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));\
    gap:22px 26px;align-items:start}
    .panel{overflow-x:auto;min-width:0}
    .of{display:block;width:100%;height:auto}
    nav{font-size:.875rem;line-height:1.9;margin:0 0 20px}
    nav a{color:var(--blue);margin-right:12px;display:inline-block}
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
    figcaption{font-size:.9rem;line-height:1.5;margin-top:12px;max-width:78ch}
    figcaption b{color:var(--ink);font-weight:600}
    details{margin:14px 0}
    summary{cursor:pointer;color:var(--blue);width:fit-content}
    code,pre{font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",\
    monospace}
    pre{background:var(--panel);border-radius:8px;padding:12px 16px;overflow-x:auto;\
    white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0 16px}
    .note{font-size:.9rem}
    @media (max-width:520px){main{padding:24px 16px 48px}h1{font-size:1.45rem}\
    .of text{font-size:14px}.of .h{font-size:15px}.summary{padding:14px 16px 14px 32px}\
    .facts th{white-space:normal}}
    @media print{:root{color-scheme:light;font-size:13px}body{font-size:1rem}main{max-width:none;padding:0}\
    nav{display:none}h2,h3,h4{break-after:avoid}.panel,tr,.summary,.banner{break-inside:avoid}\
    h2{margin-top:28px}.scroll{overflow:visible}details:not([open]){display:none}\
    .summary,pre,.banner{border:1px solid #ccc}table{font-size:8.5pt}th,td{padding:4px 6px}\
    .panels{grid-template-columns:1fr 1fr;gap:14px 18px}}
    """
}
