"""The forms of the instrument editor, as `tests.security.posts` lists the others."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.tests.make import make_user
from clusters.models import Instrument
from clusters.services.publishing import check
from clusters.tests.views.forms import typed
from tests.access.world import World
from tests.security.post import Post

Args = Callable[[World], list[Any]]
EDITED = "clusters.instrument: version"


def draft(world: World) -> list[Any]:
    return [world.draft_instrument.code]


def cluster(world: World) -> list[Any]:
    return [*draft(world), world.draft_instrument.clusters.get(code="I").pk]


def indicator(world: World) -> list[Any]:
    return [*draft(world), world.draft_instrument.questions.get(code="2.1").indicator_id]


def question(world: World) -> list[Any]:
    return [*draft(world), world.draft_instrument.questions.get(code="2.1").pk]


def part(world: World) -> list[Any]:
    return [*draft(world), "question", question(world)[1]]


def page(view: str, args: Args, **changes: Any) -> Callable[[World], dict[str, Any]]:
    """The form that the page shows, with some of its fields changed."""

    def fill(world: World) -> dict[str, Any]:
        client = Client()
        admin: Any = world.people["admin"]
        client.force_login(admin)
        return typed(client, reverse(view, args=args(world))) | changes

    return fill


def points(world: World) -> dict[str, Any]:
    pk = question(world)[1]
    return {f"points-question-{pk}": "7", f"seen-question-{pk}": "1|200", "klaster": ""}


def checked(world: World) -> None:
    assert check(world.draft_instrument, by=make_user("national_admin")) == []


def digest(world: World) -> dict[str, Any]:
    return {"digest": Instrument.objects.get(pk=world.draft_instrument.pk).digest, "once": "k"}


EDITOR_POSTS = [
    Post(
        "clusters:instrument_create", "admin", lambda world: [],
        lambda world: {"code": "kla-31", "name": "KLA 2031", "edition": "31", "granularity": "questions", "once": "k"},
        ("+clusters.instrument",), also="with_clusters",
    ),
    Post("clusters:instrument_edit", "admin", draft, points, ("clusters.question: max_points version", EDITED)),
    Post(
        "clusters:instrument_head_edit", "admin", draft, page("clusters:instrument_head_edit", draft, name="Nama baru"),
        ("clusters.instrument: name predicates version",),
    ),
    Post(
        "clusters:cluster_create", "admin", draft,
        page("clusters:cluster_create", draft, code="II", name="Keluarga", max_points="0"),
        ("+clusters.cluster", EDITED),
    ),
    Post(
        "clusters:cluster_edit", "admin", cluster, page("clusters:cluster_edit", cluster, name="Nama baru"),
        ("clusters.cluster: name version", EDITED),
    ),
    Post(
        "clusters:indicator_create", "admin", cluster,
        page("clusters:indicator_create", cluster, number="9", name="Baru", max_points="0"),
        ("+clusters.indicator", EDITED),
    ),
    Post(
        "clusters:indicator_edit", "admin", indicator, page("clusters:indicator_edit", indicator, name="Nama baru"),
        ("clusters.indicator: name version", EDITED),
    ),
    Post(
        "clusters:question_create", "admin", indicator,
        page(
            "clusters:question_create", indicator, code="2.9", text="Baru?", max_points="5", **{"owners-0-kind": "dp3a"}
        ),
        ("+clusters.question", "clusters.question: position", EDITED), also="may_be_inapplicable",
    ),
    Post(
        "clusters:question_edit", "admin", question, page("clusters:question_edit", question, text="Bunyi baru?"),
        ("clusters.question: text rule version", EDITED), also="may_be_inapplicable",
    ),
    Post(
        "clusters:part_remove", "admin", part, page("clusters:part_remove", part),
        ("-clusters.question", "clusters.question: position", EDITED),
    ),
    Post(
        "clusters:part_restore", "admin", lambda world: [*draft(world), world.removed.pk], lambda world: {},
        ("+clusters.cluster", EDITED),
    ),
    Post(
        "clusters:instrument_check", "admin", draft, lambda world: {},
        ("clusters.instrument: state digest checked_by_id checked_at",),
    ),
    Post(
        "clusters:instrument_publish", "admin", draft, digest,
        ("clusters.instrument: state published_by_id published_at",), before=checked,
    ),
    Post("evaluations:question_preview", "admin", question, lambda world: {"value": "50"}, status=200),
]  # fmt: skip
