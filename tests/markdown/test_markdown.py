"""What people write becomes HTML that runs nothing, and text that needs no HTML."""

from html.parser import HTMLParser

import pytest

from hub_config import i18n
from hub_config.i18n.jinja import OPTIONS
from hub_config.markdown import html, plain
from hub_config.said import given

ALLOWED = {
    "p": set(), "br": set(), "hr": set(), "strong": set(), "em": set(), "code": set(),
    "pre": set(), "ul": set(), "ol": set(), "li": set(), "h3": set(), "h4": set(), "h5": set(),
    "blockquote": set(), "table": set(), "thead": set(), "tbody": set(), "tr": set(),
    "th": set(), "td": set(), "a": {"href", "rel"},
}  # fmt: skip


class Elements(HTMLParser):
    """Every element and attribute, as a parser that is none of ours sees them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(html(text))
    parser.close()
    return parser.seen


PAYLOADS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<base href=//x.example/>",
    "<link rel=stylesheet href=//x.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import 'https://x.example/x.css'</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<div style=position:fixed;inset:0>x</div>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<x onclick=alert(1)>x</x>",
    "<p onmouseover=alert(1)>x</p>",
    "</p></div></main><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61vascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x]( javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://x.example/1)",
    "[x](//x.example)",
    "[x](/hub/logout)",
    "[x](\\\\x.example)",
    "[x](https:\\\\x.example)",
    "[x](https://x.example/\" onclick=\"alert(1))",
    "[x](https://x.example 'title\" onclick=\"alert(1)')",
    "[x](https://x.example \"t' onmouseover='alert(1)\")",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<https://x.example/\"onclick=alert(1)>",
    "![x](https://x.example/x.png)",
    "![x](x\" onerror=\"alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "    <script>alert(1)</script>",
    "# <script>alert(1)</script>",
    "> <script>alert(1)</script>",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "- <svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "**<b onclick=alert(1)>x</b>**",
    "\x00<script>alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<<script>script>alert(1)<</script>/script>",
    "{{ 7 * 7 }}{% include 'x' %}${alert(1)}",
)  # fmt: skip


def test_there_are_many() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_but_known_elements_comes_out(payload: str) -> None:
    for around in ("{}", "Text **bold** {} text", "- one\n- {}", "| a |\n|---|\n| {} |"):
        for tag, attributes in elements(around.replace("{}", payload)):
            assert set(attributes) <= ALLOWED[tag], (tag, attributes)
            link = attributes.get("href") or "https://"
            assert link.startswith(("http://", "https://", "mailto:")), link


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>"),
        ("# one", "<h3>one</h3>"),
        ("## two", "<h4>two</h4>"),
        ("###### six", "<h5>six</h5>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("[docs](https://d.example)",
         '<p><a href="https://d.example" rel="noopener">docs</a></p>'),
        ("<it@example.org>",
         '<p><a href="mailto:it@example.org" rel="noopener">it@example.org</a></p>'),
        ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>"),
    ],
)  # fmt: skip
def test_what_is_written_is_seen(text: str, expected: str) -> None:
    assert html(text) == expected
    assert html(text).__html__() == expected, "templates do not escape it again"


def test_a_table_is_one() -> None:
    tags = [tag for tag, _ in elements("| a | b |\n|:--|--:|\n| 1 | 2 |")]
    assert tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**b** *i* `c`", "b i c"),
        ("one\ntwo\n\nthree", "one\ntwo\nthree"),
        ("# Head\ntext", "Head\ntext"),
        ("1. a\n2. b", "1. a\n2. b"),
        ("- a\n- b", "- a\n- b"),
        ("[docs](https://d.example)", "docs (https://d.example)"),
        ("<https://d.example>", "https://d.example"),
        ("[write](mailto:it@example.org)", "write (it@example.org)"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("```\nsbatch x\n```", "sbatch x"),
        ("a & b <c>", "a & b <c>"),
    ],
)
def test_plain_is_what_one_reads_without_html(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_templates_say_it_in_the_language_of_the_page() -> None:
    from jinja2 import Environment

    page = Environment(autoescape=True, **OPTIONS).from_string("{{ text | markdown }}")
    text = given({"en": "**bold**", "de": "**fett** <b>"})
    assert page.render(text=text) == "<p><strong>bold</strong></p>"
    i18n.use("de")
    try:
        assert page.render(text=text) == "<p><strong>fett</strong> &lt;b&gt;</p>"
    finally:
        i18n.use("en")
