/// The look of the page: system fonts, one accent colour, light and dark, phone to wide screen, and paper.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light dark; --ground: #fcfcfa; --ink: #1d2329; --soft: #5a646e;
      --line: #e3e5e4; --accent: #1f6a7d; --bar: #dfe6e7; --warn: #9a5b00; --warn-ground: #fdf6e8;
      --stop: #9c3327; }
    @media (prefers-color-scheme: dark) { :root { --ground: #121518; --ink: #e4e7e9;
      --soft: #9aa4ad; --line: #2c3238; --accent: #6fbccd; --bar: #2b3339; --warn: #e5b25d; --warn-ground: #262117;
      --stop: #ec9287; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system,
      "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif; -webkit-text-size-adjust: 100%; }
    .purpose { margin: 0; padding: 10px 24px; text-align: center; font-size: 14px; letter-spacing: .02em;
      color: var(--warn); background: var(--warn-ground); }
    main { max-width: 1120px; margin: 0 auto; padding: 48px 32px 64px; }
    .kind { margin: 0; font-size: 14px; color: var(--soft); overflow-wrap: anywhere; }
    h1 { margin: 4px 0 12px; font-size: 40px; line-height: 1.15; font-weight: 600; letter-spacing: -.015em; }
    h2 { margin: 0 0 16px; font-size: 20px; line-height: 1.3; font-weight: 600; }
    .outcome { margin: 0; max-width: 62ch; font-size: 18px; }
    .outcome strong { color: var(--accent); font-weight: 600; }
    .outcome.care strong { color: var(--warn); }
    .outcome.none strong { color: var(--stop); }
    section { margin-top: 56px; }
    header + .note { margin: 24px 0 -8px; }
    .figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 24px; margin: 36px 0 0; padding: 24px 0;
      border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
    .figures dt { font-size: 14px; color: var(--soft); }
    .figures dd { margin: 2px 0 0; font-size: 28px; line-height: 1.25; font-weight: 600;
      font-variant-numeric: tabular-nums; }
    .figures dd small { display: block; margin-top: 4px; font-size: 14px; line-height: 1.4; font-weight: 400;
      color: var(--soft); }
    .figures dd.words { font-size: 16px; font-weight: 400; line-height: 1.4; padding-top: 6px; }
    .views { display: grid; grid-template-columns: repeat(3, 1fr); gap: 24px; align-items: start; }
    h3 { margin: 20px 0 8px; font-size: 14px; font-weight: 500; color: var(--soft); }
    .levels { display: grid; grid-template-columns: repeat(6, 1fr); gap: 6px; }
    .levels img { display: block; width: 100%; height: auto; background: #000; border-radius: 3px; }
    .scale { white-space: nowrap; } .scale i { display: inline-block; width: 64px; height: 10px; margin: 0 6px;
      vertical-align: baseline; border-radius: 2px; background: linear-gradient(90deg, #3c3c3c, #8a6e2f); }
    figure { margin: 0; }
    .views img { display: block; width: 100%; height: auto; background: #000; border-radius: 4px; }
    figcaption { margin-top: 10px; font-size: 14px; line-height: 1.45; color: var(--soft); }
    .flags { list-style: none; margin: 0; padding: 0; display: grid; gap: 12px; }
    .flags li { padding: 16px 20px; background: var(--warn-ground); border-left: 3px solid var(--warn);
      border-radius: 0 4px 4px 0; }
    .flags p { margin: 0; max-width: 75ch; }
    .flags p + p { margin-top: 4px; color: var(--soft); }
    code { font: 13px/1.4 ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace; overflow-wrap: anywhere; }
    .flags code { display: block; margin-top: 6px; color: var(--soft); }
    .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 48px; align-items: start; }
    .note { margin: 0 0 16px; max-width: 68ch; font-size: 15px; color: var(--soft); }
    .plot { display: block; width: 100%; height: auto; max-width: 560px; }
    .plot text { font-size: 13px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    .plot .grid { stroke: var(--line); }
    .plot .threshold { stroke: var(--warn); stroke-dasharray: 5 4; stroke-width: 1.5; }
    .plot .threshold-name { fill: var(--warn); }
    .plot .curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
    .plot .point { fill: var(--accent); stroke: var(--ground); stroke-width: 2; }
    .plot .value { fill: var(--ink); stroke: var(--ground); stroke-width: 4; paint-order: stroke; }
    .wide { overflow-x: auto; }
    table { width: 100%; border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; }
    th, td { padding: 9px 0 9px 14px; text-align: right; border-bottom: 1px solid var(--line); vertical-align: bottom; }
    th { font-size: 13px; font-weight: 500; line-height: 1.3; color: var(--soft); }
    th:first-child, td:first-child { padding-left: 0; text-align: left; }
    .bars { margin: 0; display: grid; grid-template-columns: max-content 1fr max-content; gap: 12px 16px;
      align-items: center; max-width: 640px; }
    .bars dt, .bars dd { margin: 0; }
    .bars .track { display: block; height: 8px; border-radius: 4px; background: var(--bar); overflow: hidden; }
    .bars .track span { display: block; height: 100%; background: var(--accent); }
    .bars .value { font-variant-numeric: tabular-nums; }
    .cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: 40px; margin-top: 56px; }
    .cards section { margin: 0; min-width: 0; }
    .facts { margin: 0; font-size: 15px; }
    .facts dt { margin-top: 12px; font-size: 13px; color: var(--soft); }
    .facts dt:first-child { margin-top: 0; }
    .facts dd { margin: 1px 0 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    .facts .rows { display: grid; grid-template-columns: 1fr max-content; gap: 2px 16px; margin: 0; max-width: 320px; }
    .facts .rows span:nth-child(even) { text-align: right; }
    @media (max-width: 900px) { .figures { grid-template-columns: 1fr 1fr; }
      .pair, .cards { grid-template-columns: 1fr; } .pair { gap: 20px; } .views { grid-template-columns: 1fr 1fr; } }
    @media (max-width: 600px) { main { padding: 32px 20px 48px; } section { margin-top: 44px; }
      h1 { font-size: 32px; } .note { margin-bottom: 20px; } .outcome { font-size: 17px; }
      .views { grid-template-columns: 1fr; gap: 28px; } .levels { grid-template-columns: repeat(3, 1fr); }
      .figures { gap: 20px; margin-top: 28px; } .figures dd { font-size: 24px; } table { font-size: 14px; }
      th, td { padding-left: 8px; } .plot text { font-size: 17px; } .purpose { padding: 10px 20px; } }
    @page { margin: 10mm 14mm; }
    @media print { :root { color-scheme: light; --ground: #fff; --ink: #000; --soft: #444;
      --line: #ccc; --accent: #1f6a7d; --bar: #ddd; --warn: #7a4700; --warn-ground: #fff; --stop: #9c3327; }
      * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
      body { font-size: 9.5pt; line-height: 1.3; } main { max-width: none; padding: 4pt 0; }
      .purpose { font-size: 9.5pt; padding: 0; } section, .cards { margin-top: 10pt; } .cards section { margin: 0; }
      h1 { font-size: 20pt; margin: 0 0 4pt; } h2 { font-size: 13pt; margin: 0 0 6pt; } .outcome { font-size: 10.5pt; max-width: none; }
      .figures { grid-template-columns: 3fr 7fr 3fr 3fr; margin: 10pt 0 0; padding: 8pt 0; gap: 12pt; }
      .figures dd { font-size: 17pt; } .figures dd small, .figures dt, figcaption, .facts dt { font-size: 8.5pt; }
      .figures dd.words { font-size: 9.5pt; } .facts dt { margin-top: 4pt; }
      .views { grid-template-columns: repeat(3, 1fr); gap: 10pt; }
      .views img { width: auto; max-width: 100%; max-height: 38mm; }
      .levels { grid-template-columns: repeat(6, 1fr); gap: 3pt; max-width: 110mm; }
      .figures dd small { line-height: 1.2; margin-top: 2pt; } .flags code { display: none; } figcaption { margin-top: 3pt; }
      h3 { float: left; margin: 0; font-size: 8.5pt; } .levels { margin: 0 0 3pt 17mm; break-inside: avoid; }
      .flags { grid-template-columns: 1fr 1fr; gap: 6pt; } .flags p { font-size: 8.5pt; }
      .flags li { padding: 3pt 8pt; }
      .cards { grid-template-columns: 3fr 8fr 3fr; gap: 14pt; }
      .cards .facts { font-size: 7.5pt; line-height: 1.22; } .cards .facts dt { font-size: 7.5pt; margin-top: 3pt; }
      .note { font-size: 8.5pt; margin-bottom: 4pt; max-width: none; }
      .pair { grid-template-columns: 4fr 5fr; gap: 18pt; } .wide { overflow: visible; } table { font-size: 8.5pt; }
      th, td { font-size: 8.5pt; padding: 1.8pt 0 1.8pt 6pt; } .bars { gap: 2pt 12pt; font-size: 8.5pt; } code { font-size: 7.5pt; }
      .plot { max-width: 190pt; } figure, .flags li, tr, .note, .bars {
      break-inside: avoid; }
      h2, .note, .facts dt { break-after: avoid; } }
    """
}
