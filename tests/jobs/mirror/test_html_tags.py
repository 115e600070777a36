import random
from html.parser import HTMLParser

import pytest

from jobs.mirror.html_tags import MOST_TAG_CHARS, MOST_TAGS, iterate_tags

PIECES = (
    "<a", "<A ", " href=", '"x"', "'y'", "x", ">", "/>", "</a>", "<br />", "<!-- c -->", "<!--", "-->", "<?pi?>", "<?",
    "<!DOCTYPE html>", "</", "</a", " ", "\n", "=", '"', "'", "&amp;", "&#1;", "<title>t</title>", "<title>", "<script>",
    "</script>", "<script>a<b</script >", "<", "!", "-", "--", '<meta name="x" content=y>', " data-yanked", "é", "\xa0",
    "\x00", "\x0c", "</ script>", "</x y>", "<![", "<!x>", '<a href="1"href2=3>', "<a/href=1>", "/",
)  # fmt: skip


class Reference(HTMLParser):
    """The reader of Python and of pip."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    return [(tag.name, tag.attributes()) for tag in iterate_tags(text)]


def test_a_page_is_read_as_pip_reads_it_or_refused() -> None:
    chance = random.Random(16)
    read = 0
    for _ in range(4_000):
        text = "".join(chance.choices(PIECES, k=chance.randrange(1, 12)))
        text = chance.choice(("{}", "<a href=1>{}<b x='2'>z</b><!-- --></html>")).format(text)
        try:
            found = tags(text)
        except ValueError:
            continue
        reference = Reference()
        reference.feed(text)
        reference.close()
        assert reference.tags == found, text
        read += 1
    assert 2_000 < read


@pytest.mark.parametrize(
    "text",
    [
        "<a href=x",
        '<a href="x>',
        "<a href='x>",
        "<!-- x",
        "<!-->",
        "<!--->",
        "<!-- a --!> <a href=x> -->",
        "<!-- a -- > <a href=x> -->",
        "<?x",
        "<!x",
        "</a",
        "</a x='>'>",
        "<![CDATA[ x ]]>",
        "<script>",
        "<script/>x</script>",
        "<script><!-- <script> </script> --></script>",
        "<title><a href=x></title>",
        "<textarea><a href=x></textarea>",
        "<plaintext>",
        "<a href=x href=y>",
        "a\0b",
        pytest.param("<a " * 350_000, id="tags"),
        pytest.param("<!--" * 250_000, id="comments"),
        pytest.param("<!--" * 250_000 + " >", id="comments before the end of a tag"),
        pytest.param("<?" * 500_000, id="instructions"),
        pytest.param("</a" * 350_000, id="end tags"),
        pytest.param('<a x="' * 170_001 + ">", id="quotes"),
        pytest.param("<a x= " * 170_000, id="values"),
        pytest.param("<!--" + "-- " * 350_000, id="ends of comments"),
        pytest.param("<p>" * (MOST_TAGS + 1), id="more tags than a page has"),
        pytest.param("<a " + "x " * MOST_TAG_CHARS + ">", id="attributes"),
        pytest.param("<script>" + "</scrip " * 100_000, id="a script"),
    ],
)
def test_what_readers_read_in_different_ways_or_slowly_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^has "):
        tags(text)


def test_a_page_of_bandersnatch_is_read() -> None:
    page = (
        "<!DOCTYPE html>\n<html>\n  <head>\n    <title>Links for six</title>\n  </head>\n  <body>\n"
        '    <a href="../../packages/a/six-1.0.tar.gz#sha256=0" data-requires-python="&gt;=3" data-yanked>six</a><br/>\n'
        "  </body>\n</html>\n<!--SERIAL 5-->"
    )
    link = {"href": "../../packages/a/six-1.0.tar.gz#sha256=0", "data-requires-python": ">=3", "data-yanked": None}
    assert [("a", link)] == [tag for tag in tags(page) if tag[0] == "a"]
