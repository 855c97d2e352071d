"""The frame of the pages: places by role, state in the title, texts that hold what people wrote."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web import texts
from gamepilot_mon.web.pages.navigation import GROUPS
from tests.histories import past
from tests.serving import Server

ENTRIES = [entry for group in GROUPS for entry in group.entries]


def test_it_gives_each_place_a_key_of_its_own() -> None:
    assert len({entry.key for entry in ENTRIES}) == len(ENTRIES)


def test_it_shows_where_one_is(server: Server) -> None:
    page = server.get("/", role="viewer").text
    assert page.count('aria-current="page"') == 1


def test_it_counts_the_alerts_that_the_inbox_shows_as_open(serve: Callable[..., Server]) -> None:
    site = serve()
    site.open_store()
    now = utcnow()
    past(now - 3, None)
    past(now - 2, None, status="acknowledged", acknowledged_at=now, acknowledged_by="ada")
    past(now - 1, None, status="pending", fired_at=None)  # nobody was told of it, and it may come to nothing
    page = site.get("/alerts", role="viewer").text
    assert re.search(r'id="nav-alerts">(\d+)<', page).group(1) == "2"  # type: ignore[union-attr]
    assert 'data-open-alerts="2"' in page and 'Open <span class="tab-count">2<' in page
    assert "2 alerts are open" in site.get("/", role="viewer").text
    db.database.close()


def test_it_does_not_count_who_watches_before_anybody_does(serve: Callable[..., Server]) -> None:
    page = serve().get("/", role="viewer").text
    assert re.search(r'id="watching"[^>]* hidden>', page)


@pytest.mark.parametrize(("number", "said"), [(1, "1 watching"), (5, "5 watching")])
def test_it_counts_in_words(number: int, said: str) -> None:
    app = Flask(__name__)
    texts.init(app, None)  # type: ignore[arg-type]
    template = app.jinja_env.from_string("{{ _n('%(num)s watching', '%(num)s watching', number) }}")
    assert template.render(number=number) == said


def test_it_keeps_what_people_wrote_from_becoming_markup() -> None:
    app = Flask(__name__)
    texts.init(app, None)  # type: ignore[arg-type]
    template = app.jinja_env.from_string(
        "{% autoescape true %}{{ _('By %(name)s', name=name) }}{% endautoescape %}"
    )
    assert template.render(name="<b>x</b>") == "By &lt;b&gt;x&lt;/b&gt;"
