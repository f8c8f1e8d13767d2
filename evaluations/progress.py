"""How far a question is, from first words to the task force's approval: one pure function for every page."""

from collections.abc import Collection

from django.db.models import TextChoices

from evaluations.enums import AnswerState


class Progress(TextChoices):
    """In the order of the work."""

    EMPTY = "empty", "Belum diisi"
    FILLING = "filling", "Sedang diisi"
    READY = "ready", "Siap"
    WAITING = "waiting", "Menunggu telaah"
    CHANGED = "changed", "Menunggu penilai"
    RETURNED = "returned", "Dikembalikan"
    APPROVED = "approved", "Disetujui"
    REOPENED = "reopened", "Dibuka lagi"

    @property
    def tone(self) -> str:
        return _TONES[self]

    @property
    def icon(self) -> str:
        return _ICONS.get(self, "")


_TONES = {
    Progress.EMPTY: "neutral",
    Progress.FILLING: "info",
    Progress.READY: "good",
    Progress.WAITING: "info",
    Progress.CHANGED: "info",
    Progress.RETURNED: "loss",
    Progress.APPROVED: "good",
    Progress.REOPENED: "attention",
}
_ICONS = {
    Progress.FILLING: "pencil",
    Progress.READY: "check-circle",
    Progress.WAITING: "hourglass-split",
    Progress.CHANGED: "hourglass-split",
    Progress.RETURNED: "reply",
    Progress.APPROVED: "lock",
    Progress.REOPENED: "arrow-counterclockwise",
}


def progress(
    state: str,
    ready: Collection[bool] = (),
    *,
    begun: bool = False,
    is_open: bool = True,
    reopened: bool = False,
    submitted: bool = False,
) -> Progress:
    """`state` of the answer; `ready`: whether each agency with a part has marked it; `begun`: is there a note or
    evidence; `is_open`: may the region change it in this stage; `reopened`: by name, although its stage is over;
    `submitted`: it lies with the judges, so what has changed since the approval waits for them.

    >>> progress("empty"), progress("answered", [True, False]), progress("answered", [True, True])
    (Progress.EMPTY, Progress.FILLING, Progress.READY)
    >>> progress("answered", [True], is_open=False), progress("approved", [True], is_open=False, reopened=True)
    (Progress.WAITING, Progress.REOPENED)
    >>> progress("answered", [True], is_open=False, submitted=True)
    Progress.CHANGED
    """
    if reopened:
        return Progress.REOPENED
    if state == AnswerState.RETURNED:
        return Progress.RETURNED
    if state == AnswerState.APPROVED:
        return Progress.APPROVED
    if is_open and ready and all(ready):
        return Progress.READY
    if state == AnswerState.ANSWERED:
        if is_open:
            return Progress.FILLING
        return Progress.CHANGED if submitted else Progress.WAITING
    return Progress.FILLING if is_open and (begun or any(ready)) else Progress.EMPTY
