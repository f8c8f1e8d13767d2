"""The list of people, narrowed down; the state lives in the URL."""

import django_filters
from django.db.models import Q
from django.utils import timezone

from accounts.enums import MembershipState, Role
from accounts.models import Membership, MembershipQuerySet


class PersonFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Cari nama atau tempat", method="search", max_length=100)
    role = django_filters.ChoiceFilter(label="Peran", choices=Role.choices, empty_label="Semua peran")
    state = django_filters.ChoiceFilter(
        label="Keadaan", choices=MembershipState.choices, empty_label="Semua keadaan", method="in_state"
    )

    class Meta:
        model = Membership
        fields = ["q", "role", "state"]

    def search(self, rows: MembershipQuerySet, name: str, value: str) -> MembershipQuerySet:
        hits = Q()
        for field in ("user__full_name", "user__username", "region__name", "agency__name", "agency__short_name"):
            hits |= Q(**{f"{field}__icontains": value})
        return rows.filter(hits)

    def in_state(self, rows: MembershipQuerySet, name: str, value: str) -> MembershipQuerySet:
        """The same four cases as `Membership.state`, asked of the database."""
        today = timezone.localdate()
        if value == MembershipState.ENDED:
            return rows.filter(ends_on__lte=today)
        going_on = rows.exclude(ends_on__lte=today)
        if value == MembershipState.LATER:
            return going_on.filter(starts_on__gt=today)
        waiting = Q(user__password__startswith="!")  # how Django writes "no password"
        return going_on.filter(waiting if value == MembershipState.WAITING else ~waiting, starts_on__lte=today)
