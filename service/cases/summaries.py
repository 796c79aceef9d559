"""Pages to print: HTML with one stylesheet and no script, in which everything from a record is escaped.

A name from a record is in no title, header or address of a page. Each value stands by itself (`bdi`), so that
the direction of its writing changes nothing around it.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response
from jinja2 import Environment, StrictUndefined

from service.cases.printed import Block

_STYLE: Final = """\
body { font-family: Arial, sans-serif; font-size: 11pt; line-height: 1.4; color: #0b0c0c; max-width: 190mm;
  margin: 10mm auto; padding: 0 5mm; overflow-wrap: anywhere; }
h1 { font-size: 20pt; } h2 { font-size: 15pt; border-bottom: 1pt solid #0b0c0c; }
h3 { font-size: 12pt; } h4, h5, h6 { font-size: 11pt; }
table { border-collapse: collapse; width: 100%; margin: 0 0 5mm; table-layout: fixed; }
th, td { border: 1pt solid #b1b4b6; padding: 1.5mm; text-align: left; vertical-align: top; }
td p { margin: 0; white-space: pre-line; } .rows th { width: 35%; }
@page { size: A4; margin: 15mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10pt; }
  h2, h3, h4, h5, h6 { break-after: avoid; } tr { break-inside: avoid; }
  thead { display: table-header-group; } }
"""

_PAGE: Final = """\
{% macro value(text) %}<p><bdi>{{ text }}</bdi></p>{% endmacro -%}
{% macro part(block, level) -%}
<h{{ level }}>{{ block.heading }}</h{{ level }}>
{% if block.rows -%}
<table class="rows"><tbody>
{% for row in block.rows -%}
<tr><th scope="row">{{ row.label }}</th>
<td>{% for each in row["values"] %}{{ value(each) }}{% endfor %}</td></tr>
{% endfor -%}
</tbody></table>
{% endif -%}
{% for inner in block.blocks %}{{ part(inner, [level + 1, 6] | min) }}{% endfor -%}
{% endmacro -%}
<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title><style>STYLE</style></head>
<body><main><h1>{{ title }}</h1>
<p>{{ printed }}</p>
{% for table in tables -%}
<h2>{{ table.heading }}</h2>
{% if table.rows -%}
<table><thead><tr>{% for head in table.heads %}<th scope="col">{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for row in table.rows -%}
<tr>{% for cell in row %}<td>{{ value(cell) }}</td>{% endfor %}</tr>
{% endfor -%}
</tbody></table>
{% else %}<p>{{ table.none }}</p>
{% endif -%}
{% endfor -%}
{% for block in blocks %}{{ part(block, 2) }}{% endfor -%}
{% if left_out %}<p>{{ left_out }}</p>{% endif %}
</main></body></html>
"""

_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of a page: it loads and runs nothing."""

_TEMPLATES: Final = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
_PRINTED: Final = _TEMPLATES.from_string(_PAGE.replace("STYLE", _STYLE))


@dataclass(frozen=True)
class Table:
    """A table with a heading; `none` is said where it has no rows."""

    heading: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    none: str


def page(
    title: str, printed: str, blocks: Sequence[Block], tables: Sequence[Table] = (), left_out: str = ""
) -> Response:
    """Return a page to print.

    Args:
        title: of the page, without anybody's data.
        printed: when it was made, and from which version.
        blocks: the document.
        tables: what comes before it.
        left_out: what the reader may not read, in words.
    """
    html = _PRINTED.render(title=title, printed=printed, blocks=blocks, tables=tables, left_out=left_out)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
