"""The menu: only what this person can use."""

from typing import Any

from django.urls import reverse

from accounts.enums import Role


def navigation(user: Any, path: str) -> list[dict[str, Any]]:
    """Rows of {label, url, icon, current}, empty for somebody without a membership."""
    if not user.is_authenticated or user.acting is None:
        return []
    items = [("Tugas saya", "evaluations:home", "check2-square")]
    if not user.acts_as(Role.UNIT_OPERATOR):
        items.append(("Evaluasi", "evaluations:evaluation_list", "clipboard-check"))
    if user.acts_as(Role.OPERATOR, Role.COORDINATOR, Role.TASK_FORCE):
        items.append(("Pustaka", "evaluations:library", "folder"))
    if user.acts_as(Role.NATIONAL_ADMIN):
        items.append(("Siklus", "evaluations:cycle_list", "calendar3"))
    items.append(("Instrumen", "clusters:instrument_list", "journal-text"))
    items.append(("Daerah", "regions:region_list", "geo-alt"))
    items.append(("Riwayat", "evaluations:result_list", "clock-history"))
    if user.acts_as(Role.COORDINATOR, Role.NATIONAL_ADMIN):
        items.append(("Orang", "accounts:person_list", "people"))
    return [
        {"label": label, "url": url, "icon": icon, "current": path == url if url == "/" else path.startswith(url)}
        for label, url, icon in ((label, reverse(name), icon) for label, name, icon in items)
    ]
