"""How the few pages look that people open in a browser: by day and by night, on a narrow telephone, by keyboard."""

from __future__ import annotations

import base64
import hashlib

# Sizes follow the reader's own; the contrast of text and button is above 7:1 in both schemes (WCAG 2.2, 1.4.6).
STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --button: #0b4f8a; --label: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --ink: #e8ebee; --button: #9fd0ff; --label: #06203a; }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 1.125rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: .25rem 0 1rem; }
p { margin: 0 0 1rem; }
button { font: inherit; font-weight: 600; width: 100%; min-height: 3.5rem; margin: .5rem 0 1.5rem; padding: .5rem 1rem;
  border: 2px solid transparent; border-radius: .5rem; background: var(--button); color: var(--label); }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
"""


def source_of(text: str) -> str:
    """What lets a style or a script run under a Content-Security-Policy, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
