"""Small pages for trying the checks on, served under the strictest rules that the clinic's own pages have."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from starlette.types import Receive, Scope, Send

POLICY = "; ".join(
    [
        "default-src 'none'",
        *(
            f"{kind} 'self'"
            for kind in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
        ),
    ]
)
_numbers = count()
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
PAGE = """<!doctype html>
<html lang="en">
<head><title>A page</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/page.css?{number}">{head}</head>
<body>
{body}
</body>
</html>
"""
STYLE = """
:root { color-scheme: light dark; color: #15232e; background: #fff; font: 16px/1.5 sans-serif }
@media (prefers-color-scheme: dark) { :root { color: #eef4f8; background: #0e161d } }
body { margin: 0 }
main { padding: 8px }
"""
BUTTONS = "<main><h1>Dose</h1><button>Give</button> <a class='b' href='/page'>Hold</a></main>"
BIG = """
button, .b { display: inline-block; box-sizing: border-box; min-height: 56px; padding: 0 16px; line-height: 56px }
.b { color: inherit }
"""
CHART = """<main><h1>Counts</h1><svg viewBox="0 0 200 100" role="img" aria-label="Platelets">
<rect class="zone" width="200" height="100"/><text x="20" y="50" class="v">76 per L</text></svg></main>"""
RADIOS = """<main><fieldset><legend>How?</legend>
<label class="c"><input type="radio" name="how">Well</label><label class="c"><input type="radio" name="how">Ill</label>
</fieldset></main>"""


@dataclass
class Site:
    """What is served by path, with its status; anything else is not there."""

    files: dict[str, str] = field(default_factory=lambda: {"/icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"})
    statuses: dict[str, int] = field(default_factory=dict)

    def page(self, body: str, style: str = "", script: str | None = None) -> None:
        """Put up a page at /page with its sheet, and a script if there is one."""
        number = next(_numbers)  # a browser keeps sheets and scripts
        head = "" if script is None else f'<script src="/page.js?{number}" defer></script>'
        self.files |= {
            "/page": PAGE.format(number=number, head=head, body=body),
            "/page.css": STYLE + style,
            "/page.js": script or "",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http"
        path = scope["path"]
        said = self.files.get(path)
        status = self.statuses.get(path, 404 if said is None else 200)
        media = TYPES.get(path.rpartition(".")[2], "text/html; charset=utf-8")
        kept = "no-store" if media.startswith("text/html") else "max-age=60"
        headers = {"content-type": media, "content-security-policy": POLICY, "cache-control": kept}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": (said or "").encode()})
