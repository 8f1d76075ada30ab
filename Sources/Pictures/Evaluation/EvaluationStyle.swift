/// What the evaluation's page adds to the look of a report.
enum EvaluationStyle {
  static let css = """
    .charts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 32px; align-items: start; }
    .charts figcaption { margin-top: 4px; }
    .chart { display: block; width: 100%; height: auto; }
    .chart text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    .chart .name { fill: var(--ink); }
    .chart .grid { stroke: var(--line); }
    .chart .case { fill: none; stroke: var(--soft); stroke-width: 1; opacity: .45; }
    .chart .mean { fill: none; stroke: var(--accent); stroke-width: 3; stroke-linejoin: round; }
    .chart .threshold, .chart .diagonal { fill: none; stroke: var(--warn); stroke-width: 1; stroke-dasharray: 4 4; }
    .chart .dot { fill: var(--accent); fill-opacity: .65; stroke: var(--ground); }
    .table1 th[scope=row] { text-align: left; font-size: inherit; line-height: inherit; font-weight: 400; color: var(--ink);
      white-space: nowrap; }
    .table1 td { white-space: nowrap; }
    .table1 .headline th, .table1 .headline td { font-weight: 600; }
    .table1 .block th, .table1 .block td { border-top: 2px solid var(--line); }
    .table1 .reference { color: var(--soft); border-left-color: var(--line); font-weight: 400; }
    .table1 .reference.first { border-left: 1px solid var(--line); padding-left: 18px; }
    .table1 thead .reference { text-align: right; }
    .table1 thead .over th { border-bottom: 0; padding-bottom: 0; }
    .table1 .more { text-align: left; }
    .wide + .note, details + .note { margin-top: 14px; }
    .lost { color: var(--stop); }
    details { margin-top: 20px; }
    summary { cursor: pointer; color: var(--accent); font-weight: 500; }
    details[open] summary { margin-bottom: 12px; }
    .case-pictures { margin-top: 28px; }
    .case-pictures h3 { margin: 0 0 10px; font-size: 16px; font-weight: 600; overflow-wrap: anywhere; }
    .case-pictures h3 span { font-weight: 400; color: var(--soft); }
    .key { display: inline-block; width: 18px; height: 3px; margin: 0 6px 3px 0; vertical-align: middle; }
    .key.truth { background: #40d6dc; } .key.found { background: #ffb81c; margin-left: 14px; }
    .run > h2 { font-size: 26px; overflow-wrap: anywhere; }
    h3 { font-size: 17px; margin: 36px 0 12px; font-weight: 600; }
    @media (max-width: 900px) { .charts { grid-template-columns: 1fr; max-width: 560px; } }
    @media print { .charts { grid-template-columns: repeat(3, 1fr); gap: 12pt; } }
    """
}
