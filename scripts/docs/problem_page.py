"""The page of problems, from `popcon.problems`."""

from popcon import problems

_HEAD = """# Problems

Every refusal of the REST API is an `application/problem+json` (RFC 9457). Programs decide by its `code`; its `type` is
an address on the gateway, `/v1/problems/<code>`, that says what stands here: a page to a browser, JSON to a program.
The Python client raises each as the error of `popcon.errors` that has the code.
"""


def page() -> str:
    """The page, as Markdown; each problem has an anchor that is its code."""
    return _HEAD + "".join(_section(problems.find(code)) for code in problems.WORDS)


def _section(kind: problems.Kind) -> str:
    later = "the same request may work later" if kind.retryable else "the same request fails again"
    return f"""
## {kind.title} {{ #{kind.code} }}

`{kind.code}` · HTTP {kind.status} · {later}

{kind.means}

**What to do:** {kind.remedy}
"""
